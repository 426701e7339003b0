"""The desk's first page, its search, and accepting several cases at once."""

from datetime import datetime
from typing import Any, get_args
from urllib.parse import urlencode

from litestar import Response

from dinh.cases.clocks import days_left
from dinh.cases.inbox import service
from dinh.cases.inbox.contracts import Line, Show, Wanted
from dinh.cases.procedures import catalogue_of
from dinh.kernel import clock
from dinh.kernel.web.routes import action, duty, officer, page
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of, post_title

SHOWS: tuple[Show, ...] = get_args(Show)


@page("/desk", officer)
async def desk(request: Visit) -> Response[str]:
    """What waits, the most urgent first."""
    wanted = _wanted(request)
    async with request.node.read(request.who) as tx:
        counts = await service.counts(tx, request.who)
        lines, more = await service.inbox(tx, request.who, wanted)
    return request.page(
        "cases/desk.html", lines=_rows(request, lines), counts=counts, wanted=wanted, shows=SHOWS, unit=_unit(request), more=_more(wanted, lines) if more else "",
        procedures=_procedures(request), **_names(request),
    )  # fmt: skip


def _wanted(request: Visit) -> Wanted:
    """What cannot be read falls back to the whole list."""
    show, after, code = (request.query_params.get(name, "") for name in ("show", "after", "code"))
    chosen: Show = next((known for known in SHOWS if known == show), "all")
    try:
        since = (datetime.fromisoformat(after), code) if after else None
    except ValueError:
        since = None
    return Wanted(chosen, request.query_params.get("procedure", "")[:20], since if since and since[0].tzinfo else None)


def _more(wanted: Wanted, lines: list[Line]) -> str:
    last = lines[-1]
    at = last.settled_at if wanted.show == "settled" and last.settled_at else last.due_at
    return "/desk?" + urlencode({"show": wanted.show, "procedure": wanted.procedure, "after": at.isoformat(), "code": last.code})


def _rows(request: Visit, lines: list[Line]) -> list[dict[str, Any]]:
    """Each with its procedure and the working days that are left."""
    country, now = request.node.country, clock.now()
    found = []
    for line in lines:
        procedure = catalogue_of(country).version(line.procedure, line.version)
        left = days_left(country, procedure.deadline.calendar, line.due_on, now, line.paused_at)
        found.append({"line": line, "procedure": procedure, "left": left})
    return found


def _procedures(request: Visit) -> list[dict[str, str]]:
    country, pick = request.node.country, request.speaker.pick
    known = catalogue_of(country).all_on(country.local_date(clock.now()))
    return [{"value": procedure.code, "label": pick(procedure.title)} for procedure in known]


def _unit(request: Visit) -> str:
    day = request.node.country.local_date(clock.now())
    return ", ".join(directory_of(request.node.country).full_name(unit, day) for unit in request.who.units)


def _names(request: Visit) -> dict[str, Any]:
    country = request.node.country
    day = country.local_date(clock.now())
    return {
        "post": lambda code: request.speaker.pick(post_title(country, code, day)),
        "states": catalogue_of(country).rules.states,
        "today": day,
    }


@page("/desk/search", officer)
async def search(request: Visit) -> Response[str]:
    """In a write transaction: that someone searched is on record before the answer leaves."""
    text = request.query_params.get("q", "")[:200]
    async with request.node.write(request.who) as tx:
        found, every = await service.search(tx, request.who, text)
    return request.page("cases/desk_search.html", lines=_rows(request, found), every=every, text=text, **_names(request))


@action("/desk/accept", duty("handle"))
async def accept_several(request: Visit) -> Response[str]:
    codes = [name.removeprefix("case.") for name, value in request.posted.values.items() if name.startswith("case.") and value]
    accepted, refused = await service.accept_together(request.node, request.who, codes)
    return request.page("cases/desk_accepted.html", accepted=accepted, refused=refused, limit=service.TOGETHER, asked=len(codes))


routes = [desk, search, accept_several]
