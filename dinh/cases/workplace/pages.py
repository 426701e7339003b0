"""The official's pages of one case: what was filed, what the registers say, and the turns it can take."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from litestar import Response
from litestar.params import FromPath

from dinh.cases.clocks import days_left
from dinh.cases.decisions import Choice, decide
from dinh.cases.desk import (
    TURNS,
    content_of,
    finding_of,
    handlers_of,
    open_attachment,
    open_case,
    open_turns,
    procedure_of,
    proposal_of,
    propose,
)  # fmt: skip
from dinh.cases.procedures import catalogue_of
from dinh.cases.turns import apologise, hand_over, request_supplement, send_back, slips_of, stop, turn_down
from dinh.cases.workplace import rules, service
from dinh.kernel import clock, events
from dinh.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refused, TooMany, Unavailable
from dinh.kernel.forms import Field, in_words, tidy
from dinh.kernel.transactions import WriteTx
from dinh.kernel.web.routes import action, duty, officer, page
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of, post_title

# A refusal that the official can mend on the page itself.
MENDABLE = (Conflict, Invalid, NotAllowed, TooMany)


def _names(request: Visit) -> dict[str, Any]:
    country = request.node.country
    day: date = country.local_date(clock.now())
    return {
        "post": lambda code: request.speaker.pick(post_title(country, code, day)),
        "states": catalogue_of(country).rules.states,
        "agency": directory_of(country).agency,
        "place": lambda code: directory_of(country).full_name(code, day),
    }


@page("/desk/{code:str}", officer)
async def case(request: Visit, code: FromPath[str]) -> Response[str]:
    """A write transaction: the access is on record before the page leaves."""
    return await _case(request, code, None, 200)


async def _case(request: Visit, code: str, error: Refused | None, status: int) -> Response[str]:
    async with request.node.write(request.who) as tx:
        context = await _context(tx, request, code)
    failed = str(request.url.path).removeprefix(f"/desk/{code}").lstrip("/") if error else ""
    typed = request.scope["state"].get("form")
    return request.page("cases/desk_case.html", status=status, error=error, failed=failed, typed=typed, **context, **_names(request))


async def _context(tx: WriteTx, request: Visit, code: str) -> dict[str, Any]:
    found = await open_case(tx, request.who, code)
    content, procedure = await content_of(tx, found), procedure_of(tx, found)
    who = request.who
    day, slips = tx.node.country.local_date(found.received_at), await slips_of(tx, found)
    asked = procedure.form.asked(content.answers, day)
    free = {name for name, turn in TURNS.items() if who.has(turn.duty) and not (turn.holder and found.holder not in {None, who.post})}
    return {
        "case": found, "procedure": procedure, "left": days_left(tx.node.country, procedure.deadline.calendar, found.due_on, tx.now, found.paused_at),
        "content": content, "heading": content.answers.get(procedure.heading_field, ""), "finding": await finding_of(tx, found),
        "proposal": await proposal_of(tx, found), "history": await events.read_history(tx, code), "slips": slips,
        "turns": open_turns(found.state, proposed=found.proposed) & free, "handlers": await handlers_of(tx, found),
        "rules": catalogue_of(tx.node.country).rules, "papers": rules.papers_of(procedure, found, content, day, slips),
        "at_once": rules.at_once(procedure),
        "when": lambda condition: in_words(condition, procedure.form.fields, request.speaker),
        "askable": [field for field in asked if not (field.source and field.source.locked) and field.name != procedure.unit_field],
    }  # fmt: skip


# Only our own page may show a filed paper in a frame, and nothing in it may load anything.
IN_OUR_FRAME = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


@page("/desk/{code:str}/files/{field:str}", officer)
async def paper(request: Visit, code: FromPath[str], field: FromPath[str]) -> Response[bytes]:
    async with request.node.write(request.who) as tx:
        media_type, content = await open_attachment(tx, request.who, code, field)
    ending = media_type.partition("/")[2]
    headers = {"content-disposition": f'inline; filename="{field}.{ending}"', "content-security-policy": IN_OUR_FRAME}
    return Response(content, media_type=media_type, headers=headers)


@page("/desk/{code:str}/papers/{field:str}", officer)
async def side_by_side(request: Visit, code: FromPath[str], field: FromPath[str]) -> Response[str]:
    """A filed paper beside what the form says."""
    async with request.node.write(request.who) as tx:
        context = await _context(tx, request, code)
    if field not in context["content"].files:
        raise NotFound(subject=f"case:{code[:60]}")
    return request.page("cases/papers.html", field=field, **context, **_names(request))


async def _turn(request: Visit, code: str, take: Callable[[WriteTx], Awaitable[Any]]) -> Response[Any]:
    """One turn in one transaction; what the official can mend is said on the page itself."""
    try:
        async with request.node.write(request.who) as tx:
            await take(tx)
    except MENDABLE as error:
        return await _case(request, code, error, error.status)
    return request.go(f"/desk/{code}")


@action("/desk/{code:str}/accept", duty("handle"))
async def take(request: Visit, code: FromPath[str]) -> Response[Any]:
    return await _check(request, code, service.accept_and_check)


@action("/desk/{code:str}/turn-down", duty("handle"))
async def not_accepted(request: Visit, code: FromPath[str]) -> Response[Any]:
    return await _turn(request, code, lambda tx: turn_down(tx, request.who, code, request.posted.get("reason"), request.posted.get("reference")))


@action("/desk/{code:str}/check", duty("handle"))
async def check(request: Visit, code: FromPath[str]) -> Response[Any]:
    return await _check(request, code, service.check)


async def _check(request: Visit, code: str, verb: Callable[..., Awaitable[None]]) -> Response[Any]:
    """Registers that do not answer now leave the case where it is, with the button that asks them again."""
    try:
        await verb(request.node, request.who, code, approve=request.posted.get("approve") == "yes")
    except (*MENDABLE, Unavailable) as error:
        return await _case(request, code, error, error.status)
    return request.go(f"/desk/{code}")


@action("/desk/{code:str}/supplement", duty("handle"))
async def ask_for_more(request: Visit, code: FromPath[str]) -> Response[Any]:
    """Each field that is asked for is a box of its own."""
    fields = [name.removeprefix("field.") for name, value in request.posted.values.items() if name.startswith("field.") and value]
    return await _turn(request, code, lambda tx: request_supplement(tx, request.who, code, fields, request.posted.get("reason")))


@action("/desk/{code:str}/apologise", duty("handle"))
async def new_date(request: Visit, code: FromPath[str]) -> Response[Any]:
    field = Field(name="promised_on", kind="date", label={})
    try:
        day = date.fromisoformat(tidy(field, request.posted.values))
    except ValueError:
        error = Invalid(fields={"promised_on": "cases.new_day_wrong"})
        return await _case(request, code, error, error.status)
    return await _turn(request, code, lambda tx: apologise(tx, request.who, code, day, request.posted.get("reason")))


@action("/desk/{code:str}/stop", duty("handle"))
async def end(request: Visit, code: FromPath[str]) -> Response[Any]:
    return await _turn(request, code, lambda tx: stop(tx, request.who, code, request.posted.get("reason"), request.posted.get("reference")))


@action("/desk/{code:str}/hand-over", duty("handle"))
async def give(request: Visit, code: FromPath[str]) -> Response[Any]:
    return await _turn(request, code, lambda tx: hand_over(tx, request.who, code, request.posted.get("post")))


@action("/desk/{code:str}/propose", duty("handle"))
async def send_up(request: Visit, code: FromPath[str]) -> Response[Any]:
    return await _turn(request, code, lambda tx: propose(tx, request.who, code, request.posted.get("outcome"), request.posted.get("note")))


@action("/desk/{code:str}/send-back", duty("decide"))
async def return_(request: Visit, code: FromPath[str]) -> Response[Any]:
    return await _turn(request, code, lambda tx: send_back(tx, request.who, code))


@action("/desk/{code:str}/decide", duty("decide"))
async def settle(request: Visit, code: FromPath[str]) -> Response[Any]:
    choice = Choice(request.posted.get("outcome"), request.posted.get("reason"), request.posted.get("reference"))
    try:
        await decide(request.node, request.who, code, choice, "".join(request.posted.get("factor").split()))
    except MENDABLE as error:
        return await _case(request, code, error, error.status)
    return request.go(f"/desk/{code}")


routes = [case, paper, side_by_side, take, not_accepted, check, ask_for_more, new_date, end, give, send_up, return_, settle]
