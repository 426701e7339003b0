"""Public figures."""

from litestar import Response

from dinh.indicators.definitions import definitions_of
from dinh.indicators.figures import service
from dinh.kernel.web.routes import page, public
from dinh.kernel.web.visit import Visit


@page("/figures", public)
async def public_figures(request: Visit) -> Response[str]:
    async with request.node.read(request.who) as tx:
        months = await service.figures(tx)
        reading = await service.as_of(tx)
    definitions = definitions_of(request.node.country)
    totals = {code: sum(month.values.get(code, 0) for month in months) for code in definitions}
    return request.page("indicators/figures.html", months=months, totals=totals, definitions=definitions, reading=reading)


routes = [public_figures]
