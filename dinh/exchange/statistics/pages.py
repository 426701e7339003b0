"""/open/exchange: what agencies exchanged, for everyone."""

from litestar import Response

from dinh.exchange.members import Source, membership_of
from dinh.exchange.statistics import rules, service
from dinh.exchange.statistics.contracts import SMALLEST
from dinh.kernel.web.routes import page, public
from dinh.kernel.web.visit import Visit


@page("/open/exchange", public)
async def open_statistics(request: Visit) -> Response[str]:
    """The latest published day, or the one of `day`."""
    async with request.node.read(request.who) as tx:
        latest = service.latest_day(tx)
        asked = rules.asked({"until": request.query_params.get("day", ""), "from": request.query_params.get("day", "")}, latest)
        days, services = await service.overview(tx, asked.last)
        until = service.until(tx)
    members, known = membership_of(request.node).members, membership_of(request.node).services
    return request.page(
        "exchange/statistics.html", day=asked.last, days=days, services=services, until=until, smallest=SMALLEST,
        delay=service.delay_of(request.node.country).days, shown=next((one for one in days if one.day == asked.last), None),
        national=f"{request.node.part(Source).url}/open/exchange/national",
        name=lambda code: request.speaker.pick(members[code].name) if code in members else code,
        title=lambda code: request.speaker.pick(known[code].title) if code in known else "",
    )  # fmt: skip


routes = [open_statistics]
