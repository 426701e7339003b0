"""The official's pages: inbox, case, filed papers, and the turns a case can take."""

from datetime import date
from typing import Any

from litestar import Response
from litestar.params import FromPath

from dinh.cases.clocks import calendar_of, working_days_left
from dinh.cases.decisions import decide
from dinh.cases.desk import (
    Case,
    accept,
    content_of,
    examine,
    finding_of,
    inbox,
    open_attachment,
    open_case,
    procedure_of,
    proposal_of,
    propose,
)  # fmt: skip
from dinh.cases.procedures import catalogue_of
from dinh.kernel import clock, events
from dinh.kernel.errors import Conflict, Invalid, NotAllowed, Refused, TooMany
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.kernel.web.routes import action, duty, officer, page
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of, post_title

# A refusal that the official can mend on the page itself.
MENDABLE = (Conflict, Invalid, NotAllowed, TooMany)


@page("/desk", officer)
async def desk(request: Visit) -> Response[str]:
    """Everything that waits, the most urgent first."""
    async with request.node.read(request.who) as tx:
        waiting, done = await inbox(tx)
        rows = [await _row(tx, case) for case in waiting]
        settled = [await _row(tx, case) for case in done]
    late = sum(row["left"] < 0 for row in rows)
    return request.page("cases/desk.html", rows=rows, settled=settled, late=late, unit=_unit(request), **_names(request))


def _unit(request: Visit) -> str:
    day = request.node.country.local_date(clock.now())
    return ", ".join(directory_of(request.node.country).full_name(unit, day) for unit in request.who.units)


async def _row(tx: ReadTx, case: Case) -> dict[str, Any]:
    """Nothing personal: whoever opens the case is recorded, whoever sees the list is not."""
    procedure = procedure_of(tx, case)
    today = tx.node.country.local_date(tx.now)
    left = working_days_left(calendar_of(tx.node.country, procedure.deadline.calendar), today, case.due_on)
    return {"case": case, "procedure": procedure, "left": left}


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
    return request.page("cases/desk_case.html", status=status, error=error, typed=request.scope["state"].get("form"), **context, **_names(request))


async def _context(tx: WriteTx, request: Visit, code: str) -> dict[str, Any]:
    found = await open_case(tx, request.who, code)
    content = await content_of(tx, found)
    return {
        **await _row(tx, found), "content": content, "heading": content.answers.get(procedure_of(tx, found).heading_field, ""), "finding": await finding_of(tx, found),
        "proposal": await proposal_of(tx, found), "history": await events.read_history(tx, code),
    }  # fmt: skip


@page("/desk/{code:str}/files/{field:str}", officer)
async def paper(request: Visit, code: FromPath[str], field: FromPath[str]) -> Response[bytes]:
    async with request.node.write(request.who) as tx:
        media_type, content = await open_attachment(tx, request.who, code, field)
    ending = media_type.partition("/")[2]
    return Response(content, media_type=media_type, headers={"content-disposition": f'inline; filename="{field}.{ending}"'})


@action("/desk/{code:str}/accept", duty("handle"))
async def take(request: Visit, code: FromPath[str]) -> Response[Any]:
    try:
        async with request.node.write(request.who) as tx:
            await accept(tx, request.who, code)
    except MENDABLE as error:
        return await _case(request, code, error, error.status)
    return request.go(f"/desk/{code}")


@action("/desk/{code:str}/check", duty("handle"))
async def check(request: Visit, code: FromPath[str]) -> Response[Any]:
    try:
        await examine(request.node, request.who, code)
    except MENDABLE as error:
        return await _case(request, code, error, error.status)
    return request.go(f"/desk/{code}")


@action("/desk/{code:str}/propose", duty("handle"))
async def send_up(request: Visit, code: FromPath[str]) -> Response[Any]:
    try:
        async with request.node.write(request.who) as tx:
            await propose(tx, request.who, code, request.posted.get("outcome"), request.posted.get("note"))
    except MENDABLE as error:
        return await _case(request, code, error, error.status)
    return request.go(f"/desk/{code}")


@action("/desk/{code:str}/decide", duty("decide"))
async def settle(request: Visit, code: FromPath[str]) -> Response[Any]:
    try:
        await decide(request.node, request.who, code, request.posted.get("outcome"), "".join(request.posted.get("factor").split()))
    except MENDABLE as error:
        return await _case(request, code, error, error.status)
    return request.go(f"/desk/{code}")


routes = [desk, case, paper, take, check, send_up, settle]
