"""The keeper's pages: what waits, one finding with its record, a correction. A list names nobody."""

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from dinh.kernel import clock, events
from dinh.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from dinh.kernel.web.routes import action, duty, page
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of, post_title
from dinh.registers.measures import SEVERITIES
from dinh.registers.quality import names, quality_of
from dinh.registers.queue import service
from dinh.registers.queue.contracts import STATES, Opened, Wish

KEEPER = duty(service.DUTY)
SHORT = 8
# A refusal that the keeper can mend on the page itself.
MENDABLE = (Conflict, Invalid)


@page("/registers/{name:str}/queue", KEEPER)
async def queue(request: Visit, name: FromPath[str]) -> Response[str]:
    register, quality = quality_of(request.node.country, name)
    wish = _wish(request)
    async with request.node.read(request.who) as tx:
        found, count, more = await service.queue(tx, request.who, name, wish)
        agencies = await service.agencies(tx, name)
    following = _address(name, wish, found[-1].id) if more else ""
    return request.page(
        "registers/queue.html", register=register, quality=quality, found=found, count=count, following=following, wish=wish, agencies=agencies,
        states=("waiting", "mine", *STATES), **_words(request),
    )  # fmt: skip


def _wish(request: Visit) -> Wish:
    query = request.query_params
    after = query.get("after", "")
    try:
        last = UUID(after) if after else None
    except ValueError as error:
        raise NotFound from error
    state = query.get("state", "waiting")
    return Wish(query.get("rule", "")[:60], query.get("agency", "")[:60], query.get("severity", "")[:10], state[:10], last)


def _address(name: str, wish: Wish, after: UUID) -> str:
    chosen = {"state": wish.state, "rule": wish.rule, "agency": wish.agency, "severity": wish.severity, "after": str(after)}
    return f"/registers/{name}/queue?{urlencode({key: value for key, value in chosen.items() if value or key == 'state'})}"


def _words(request: Visit) -> dict[str, Any]:
    country, day = request.node.country, request.node.country.local_date(clock.now())
    return {
        **names(request), "post": lambda code: request.speaker.pick(post_title(country, code, day)), "short": lambda found: str(found.id)[:SHORT],
        "severities": SEVERITIES,
    }  # fmt: skip


def _place(request: Visit, code: str) -> str:
    """The unit's name today; of one that was merged, its code and what took it over."""
    directory, day = directory_of(request.node.country), request.node.country.local_date(clock.now())
    if code in directory.units_on(day):
        return directory.full_name(code, day)
    after = ", ".join(unit.name for unit in directory.successors(code, day))
    return request.speaker.say("registers.unit_gone", code=code, after=after) if after else request.speaker.say("registers.unit_unknown", code=code)


@page("/registers/{name:str}/queue/{finding:uuid}", KEEPER)
async def finding(request: Visit, name: FromPath[str], finding: FromPath[UUID]) -> Response[str]:
    """A write transaction: the access is on record before the page leaves."""
    return await _finding(request, name, finding, None)


async def _finding(request: Visit, name: str, found: UUID, error: Refused | None) -> Response[str]:
    async with request.node.write(request.who) as tx:
        opened = await service.open_finding(tx, request.who, name, found)
        history = await events.read_history(tx, str(found))
    waiting = next((shown for shown in opened.proposals if shown.proposal.state == "waiting"), None)
    return request.page(
        "registers/finding.html", status=error.status if error else 200, error=error, typed=request.scope["state"].get("form"), history=history,
        waiting=waiting, **_record(request, opened), **_words(request),
    )  # fmt: skip


def _record(request: Visit, opened: Opened) -> dict[str, Any]:
    concerned = {name for rule in [opened.rule] if rule for name in (column.removesuffix("_folded") for column in rule.uses)}
    titles = {rule.code: request.speaker.pick(rule.title) for rule in opened.quality.rules}
    return {
        "opened": opened, "shown": lambda name, value: _shown(request, opened, name, value), "others": sorted(opened.broken - {opened.finding.rule}),
        "finding": opened.finding, "register": opened.register, "record": opened.record, "concerned": concerned, "titles": titles,
        "mine": opened.finding.state == "claimed" and opened.finding.holder == request.who.post,
    }  # fmt: skip


def _shown(request: Visit, opened: Opened, name: str, value: Any) -> str:
    """A value as people read it; dates of proposals come as text. Empty where there is none."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return request.speaker.say("kernel.yes" if value else "kernel.no")
    if opened.register.column(name).type == "date":
        return request.speaker.short_date(date.fromisoformat(str(value)))
    return _place(request, str(value)) if name == opened.quality.unit else str(value)


@page("/registers/{name:str}/queue/{finding:uuid}/correct/{column:str}", KEEPER)
async def correct(request: Visit, name: FromPath[str], finding: FromPath[UUID], column: FromPath[str]) -> Response[str]:
    return await _correct(request, name, finding, column, None)


async def _correct(request: Visit, name: str, found: UUID, column: str, error: Refused | None) -> Response[str]:
    async with request.node.write(request.who) as tx:
        opened = await service.open_finding(tx, request.who, name, found)
    declared = service.correctable(opened.register, opened.quality, column)
    typed = request.scope["state"].get("form")
    value = opened.record[column]
    return request.page(
        "registers/correct.html", status=error.status if error else 200, error=error, column=declared, value="" if value is None else str(value),
        typed=_typed(request) if typed else None, note=typed.get("note") if typed else "", **_record(request, opened), **_words(request),
    )  # fmt: skip


def _typed(request: Visit) -> str:
    """One box, or the three of a date."""
    form = request.posted
    if "value-year" not in form.values:
        return form.get("value")
    year, month, day = (form.get(f"value-{part}").strip() for part in ("year", "month", "day"))
    return f"{year.zfill(4)}-{month.zfill(2)}-{day.zfill(2)}" if year or month or day else ""


@action("/registers/{name:str}/queue/{finding:uuid}/correct/{column:str}", KEEPER)
async def propose(request: Visit, name: FromPath[str], finding: FromPath[UUID], column: FromPath[str]) -> Response[Any]:
    try:
        async with request.node.write(request.who) as tx:
            await service.propose(tx, request.who, name, finding, column, _typed(request), request.posted.get("note"))
    except MENDABLE as error:
        return await _correct(request, name, finding, column, error)
    return request.go(f"/registers/{name}/queue/{finding}")


@action("/registers/{name:str}/queue/{finding:uuid}/claim", KEEPER)
async def claim(request: Visit, name: FromPath[str], finding: FromPath[UUID]) -> Response[Any]:
    try:
        async with request.node.write(request.who) as tx:
            await service.claim(tx, request.who, name, finding)
    except MENDABLE as error:
        return await _finding(request, name, finding, error)
    return request.go(f"/registers/{name}/queue/{finding}")


@action("/registers/{name:str}/queue/{finding:uuid}/accept", KEEPER)
async def accept(request: Visit, name: FromPath[str], finding: FromPath[UUID]) -> Response[Any]:
    try:
        async with request.node.write(request.who) as tx:
            await service.accept(tx, request.who, name, finding, request.posted.get("note"))
    except MENDABLE as error:
        return await _finding(request, name, finding, error)
    return request.go(f"/registers/{name}/queue/{finding}")


@action("/registers/{name:str}/queue/{finding:uuid}/proposals/{proposal:uuid}", KEEPER)
async def decide(request: Visit, name: FromPath[str], finding: FromPath[UUID], proposal: FromPath[UUID]) -> Response[Any]:
    """Approve or turn down; the form's button says which."""
    verb = {"approve": service.approve, "refuse": service.refuse}.get(request.posted.get("answer"))
    if verb is None:
        return await _finding(request, name, finding, Invalid(fields={"answer": "kernel.field_missing_choice"}))
    try:
        async with request.node.write(request.who) as tx:
            await verb(tx, request.who, name, finding, proposal)
    except (*MENDABLE, NotAllowed) as error:
        return await _finding(request, name, finding, error)
    return request.go(f"/registers/{name}/queue/{finding}")


routes = [queue, finding, correct, propose, claim, accept, decide]
