"""/developers/exchange: what is offered, what one may use of it, and a trial against the sandbox. For whoever operates the node."""

from typing import Any

from litestar import Response
from litestar.params import FromPath

from dinh.exchange.containers import Part
from dinh.exchange.members import membership_of
from dinh.exchange.messages import VERBS
from dinh.exchange.sandbox import service
from dinh.exchange.sandbox.contracts import Offer, Tried
from dinh.kernel.errors import Conflict, NotFound, Refused
from dinh.kernel.web.routes import action, entrusted, page
from dinh.kernel.web.visit import Visit
from dinh.trust import ASIC_MEDIA

operator = entrusted("operate")
ADDRESS = "/developers/exchange"
PARTS: dict[str, Part] = {"request": "request", "response": "response"}


@page(ADDRESS, operator)
async def offers(request: Visit) -> Response[str]:
    membership = membership_of(request.node)
    return request.page(
        "exchange/developers.html", offers=service.offers_of(request.node), members=membership.members, sandbox=membership.configuration.sandbox
    )


@page(f"{ADDRESS}/{{trial:str}}", operator)
async def offer(request: Visit, trial: FromPath[str]) -> Response[str]:
    found = service.offer_of(request.node, trial)
    first = found.service.endpoints[0] if found.service.endpoints else None
    return _page(request, found, {"verb": first.method if first else "GET", "path": first.path if first else "/", "body": ""})


def _page(request: Visit, found: Offer, said: dict[str, str], tried: Tried | None = None, error: Refused | None = None) -> Response[str]:
    node = request.node
    return request.page(
        "exchange/developer.html", status=error.status if error else 200, offer=found, said=said, tried=tried, error=error, verbs=sorted(VERBS),
        members=membership_of(node).members, names=membership_of(node).names, origin=node.origin, agency=node.plan.operator,
    )  # fmt: skip


@action(f"{ADDRESS}/{{trial:str}}/try", operator)
async def attempt(request: Visit, trial: FromPath[str]) -> Response[Any]:
    found = service.offer_of(request.node, trial)
    said = {name: request.posted.get(name, "") for name in ("verb", "path", "body")}
    if found.trial is None:
        raise NotFound("exchange.no_service", service=trial)
    try:
        tried = await service.attempt(request.node, found.trial, said["verb"], said["path"], said["body"].strip())
    except Conflict:
        raise
    except Refused as error:
        return _page(request, found, said, error=error)
    return _page(request, found, said, tried)


@page(f"{ADDRESS}/containers/{{message:str}}/{{part:str}}", operator)
async def container(request: Visit, message: FromPath[str], part: FromPath[str]) -> Response[bytes]:
    """As an ASiC-E file, for `dinh verify evidence`."""
    if part not in PARTS:
        raise NotFound
    found = await service.container(request.node, message, PARTS[part])
    headers = {"content-disposition": f'attachment; filename="{part}.asice"', "cache-control": "no-store"}
    return Response(found.data, media_type=ASIC_MEDIA, headers=headers)


routes = [offers, offer, attempt, container]
