"""Slips of a case at the desk, the control slip and the register, as pages and as PDF."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from litestar import Response
from litestar.params import FromPath

from dinh.cases.desk import open_case
from dinh.cases.records import service
from dinh.cases.slips import Sheet, printed, receipt_of, sheet_of
from dinh.cases.turns import facts_of, find_slip
from dinh.kernel import clock
from dinh.kernel.texts import Speaker
from dinh.kernel.web.routes import officer, page
from dinh.kernel.web.visit import Visit

LONGEST = timedelta(days=366)
ON_PAGE = 60
Make = Callable[[Speaker], Sheet]


def _pdf(request: Visit, make: Make, path: str, at: datetime, name: str) -> Response[bytes]:
    pdf = printed(request.node, make, path, at)
    return Response(pdf, media_type="application/pdf", headers={"content-disposition": f'inline; filename="{name}.pdf"'})


@page("/desk/{code:str}/slips/{name:str}", officer)
async def slip(request: Visit, code: FromPath[str], name: FromPath[str]) -> Response[str]:
    make, _ = await _slip(request, code, name)
    return request.page("cases/slip.html", sheet=make(request.speaker), back=f"/desk/{code}", pdf=f"/desk/{code}/slips/{name}/pdf")


@page("/desk/{code:str}/slips/{name:str}/pdf", officer)
async def slip_pdf(request: Visit, code: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    make, at = await _slip(request, code, name)
    return _pdf(request, make, f"/desk/{code}", at, f"{code}-{name}")


async def _slip(request: Visit, code: str, name: str) -> tuple[Make, datetime]:
    """It names the applicant: the access is on record before it leaves."""
    node = request.node
    async with node.write(request.who) as tx:
        case = await open_case(tx, request.who, code)
        facts = await facts_of(tx, case)
        if name == "receipt":
            return lambda speaker: receipt_of(node, speaker, facts), case.received_at
        found = await find_slip(tx, case, name)
        return lambda speaker: sheet_of(node, speaker, facts, found), found.issued_at


@page("/desk/{code:str}/control", officer)
async def control(request: Visit, code: FromPath[str]) -> Response[str]:
    make, _ = await _control(request, code)
    return request.page("cases/slip.html", sheet=make(request.speaker), back=f"/desk/{code}", pdf=f"/desk/{code}/control/pdf")


@page("/desk/{code:str}/control/pdf", officer)
async def control_pdf(request: Visit, code: FromPath[str]) -> Response[bytes]:
    make, at = await _control(request, code)
    return _pdf(request, make, f"/desk/{code}", at, f"{code}-control")


async def _control(request: Visit, code: str) -> tuple[Make, datetime]:
    node = request.node
    async with node.write(request.who) as tx:
        case = await open_case(tx, request.who, code)
        legs, at = await service.legs_of(tx, case), tx.now
    return lambda speaker: service.control_of(node, speaker, case, legs, at), at


@page("/desk/register", officer)
async def register(request: Visit) -> Response[str]:
    make, since, until, _, every = await _register(request)
    sheet, query = make(request.speaker), f"?since={since}&until={until}"
    number, pages = _number(request), max(1, -(-len(sheet.table) // ON_PAGE))
    number = min(number, pages)
    lines = sheet.table[(number - 1) * ON_PAGE : number * ON_PAGE]
    return request.page(
        "cases/register.html",
        sheet=sheet,
        every=every,
        lines=lines,
        number=number,
        pages=pages,
        query=query,
        since=since,
        until=until,
        pdf=f"/desk/register/pdf{query}",
    )


def _number(request: Visit) -> int:
    """Of the page; what cannot be read is the first."""
    text = request.query_params.get("page", "")
    return max(1, int(text)) if text.isdecimal() and len(text) <= 3 else 1  # noqa: PLR2004 - digits of a number that is no attack


@page("/desk/register/pdf", officer)
async def register_pdf(request: Visit) -> Response[bytes]:
    make, since, until, at, _ = await _register(request)
    return _pdf(request, make, "/desk/register", at, f"register-{since}-{until}")


async def _register(request: Visit) -> tuple[Make, date, date, datetime, int]:
    node = request.node
    today = node.country.local_date(clock.now())
    until = min(_day(request, "until") or today, today)
    since = max(min(_day(request, "since") or until - timedelta(days=30), until), until - LONGEST)
    async with node.read(request.who) as tx:
        (lines, every), at = await service.register(tx, since, until), tx.now
    agency = request.who.agency or ""
    return lambda speaker: service.register_of(node, speaker, agency, lines, every, since, until, at), since, until, at, every


def _day(request: Visit, name: str) -> date | None:
    try:
        return date.fromisoformat(request.query_params.get(name, ""))
    except ValueError:
        return None


routes = [slip, slip_pdf, control, control_pdf, register, register_pdf]
