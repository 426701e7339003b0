"""/consents: what the person may agree to, what they agreed to, and the way out."""

from typing import Any

from litestar import Response
from litestar.params import FromPath

from dinh.exchange.consents import rules, service
from dinh.kernel import clock
from dinh.kernel.errors import Conflict, Invalid, Refused
from dinh.kernel.web.routes import action, page, signed_in
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of


@page("/consents", signed_in)
async def consents(request: Visit) -> Response[str]:
    return await _page(request, None, "", 200)


async def _page(request: Visit, error: Refused | None, failed: str, status: int) -> Response[str]:
    country, today = request.node.country, request.node.country.local_date(clock.now())
    async with request.node.read(request.who) as tx:
        found = await service.consents_of(tx, request.who)
    standing = {one.use: one for one in found if one.holds(today)}
    return request.page(
        "exchange/consents.html", status=status, offers=service.offers_of(request.node), standing=standing, error=error, failed=failed,
        over=[one for one in found if not one.holds(today)], days=rules.DAYS, agency=directory_of(country).agency,
        titles={offer.use: offer for offer in service.offers_of(request.node)},
    )  # fmt: skip


@action("/consents/{name:str}/give", signed_in)
async def give(request: Visit, name: FromPath[str]) -> Response[Any]:
    offer = service.offer_of(request.node, name)
    try:
        async with request.node.write(request.who) as tx:
            await service.give(tx, request.who, offer.use, request.posted.get(f"days-{offer.use.name}"))
    except (Invalid, Conflict) as error:
        return await _page(request, error, name, error.status)
    return request.go("/consents")


@action("/consents/{name:str}/withdraw", signed_in)
async def withdraw(request: Visit, name: FromPath[str]) -> Response[Any]:
    offer = service.offer_of(request.node, name)
    async with request.node.write(request.who) as tx:
        await service.withdraw(tx, request.who, offer.use)
    return request.go("/consents")


routes = [consents, give, withdraw]
