"""Public figures: what was counted, how, as of when, and as a download. These pages read published numbers only."""

import csv
import io
from datetime import date
from typing import Any

from litestar import Response
from litestar.params import FromPath

from dinh.indicators.definitions import definitions_of, smallest_of
from dinh.indicators.figures import service
from dinh.indicators.figures.contracts import Line, Month, ProcedureTitles
from dinh.kernel import clock
from dinh.kernel.errors import NotFound
from dinh.kernel.web.routes import page, public
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of

HEADER = ("indicator", "month", "unit", "unit_name", "procedure", "procedure_title", "value", "not_published", "as_of_event")


@page("/figures", public)
async def public_figures(request: Visit) -> Response[str]:
    async with request.node.read(request.who) as tx:
        found, reading = await service.months(tx), await service.as_of(tx)
    definitions = definitions_of(request.node.country)
    sums = {code: _sum(found, code) for code in definitions}
    return request.page("indicators/figures.html", months=found, sums=sums, definitions=definitions, reading=reading, **_words(request))


@page("/figures/{code:str}", public)
async def one_figure(request: Visit, code: FromPath[str]) -> Response[str]:
    """How it is counted, by month, and one month by unit and procedure."""
    async with request.node.read(request.who) as tx:
        found, reading = await service.months(tx), await service.as_of(tx)
        shown = _month(request.query_params.get("month", "")) or (found[0].month if found else tx.node.country.local_date(tx.now).replace(day=1))
        table = await service.table(tx, code, shown)
    definition = definitions_of(request.node.country)[code]
    return request.page(
        "indicators/figure.html", definition=definition, months=found, table=table, total=_sum(found, code), reading=reading, **_words(request)
    )


@page("/figures/{code:str}/data.csv", public)
async def download(request: Visit, code: FromPath[str]) -> Response[str]:
    """Everything published of this figure. An empty unit or procedure is the total of all."""
    async with request.node.read(request.who) as tx:
        lines, reading = await service.lines(tx, code), await service.as_of(tx)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    words = _words(request)
    writer.writerows(_row(code, line, words, reading[0] if reading else 0) for line in lines)
    headers = {"content-disposition": f'attachment; filename="{code}.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _row(code: str, line: Line, words: dict[str, Any], position: int) -> tuple[Any, ...]:
    unit, procedure = line.unit and words["unit"](line.unit), line.procedure and words["procedure"](line.procedure)
    shown = "" if line.shown.value is None else line.shown.value
    return code, f"{line.month:%Y-%m}", line.unit, unit, line.procedure, procedure, shown, line.shown.hidden or "", position


def _sum(months: list[Month], code: str) -> tuple[int, bool]:
    """Of the months that are published, and whether some month is left out: a sum of what everyone sees tells nothing more."""
    shown = [month.totals[code] for month in months if code in month.totals]
    return sum(one.value or 0 for one in shown), any(one.hidden for one in shown)


def _month(text: str) -> date | None:
    """Raises NotFound for what is no month."""
    if not text:
        return None
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise NotFound from error


def _words(request: Visit) -> dict[str, Any]:
    country, speaker = request.node.country, request.speaker
    directory, day, titles = directory_of(country), country.local_date(clock.now()), request.node.part(ProcedureTitles)
    return {
        "unit": lambda code: directory.name_of(code, day), "procedure": lambda code: speaker.pick(titles.title(code)),
        "smallest": smallest_of(country),
    }  # fmt: skip


routes = [public_figures, one_figure, download]
