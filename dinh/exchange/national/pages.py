"""/open/exchange/national: what all nodes publish, together. At the registry's node."""

from litestar import Response

from dinh.exchange.members import membership_of
from dinh.exchange.national import service
from dinh.exchange.statistics import SMALLEST, delay_of, until
from dinh.kernel.web.routes import page, public
from dinh.kernel.web.visit import Visit


@page("/open/exchange/national", public)
async def national(request: Visit) -> Response[str]:
    async with request.node.read(request.who) as tx:
        days, missing = await service.overview(tx)
        end = until(tx)
    members = membership_of(request.node).members
    return request.page(
        "exchange/national.html", days=days, missing=missing, until=end, smallest=SMALLEST, delay=delay_of(request.node.country).days,
        name=lambda code: request.speaker.pick(members[code].name) if code in members else code,
    )  # fmt: skip


routes = [national]
