"""/operator/heads: histories that do not agree, the proof of each, and what became of them."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from dinh.exchange.heads import service
from dinh.exchange.heads.contradictions import contradiction_file
from dinh.exchange.members import membership_of
from dinh.kernel.errors import Invalid, Unavailable
from dinh.kernel.web.routes import action, entrusted, page
from dinh.kernel.web.visit import Visit

PATH = "/operator/heads"
operator = entrusted("operate")


@page(PATH, operator)
async def heads(request: Visit) -> Response[str]:
    return await _page(request)


async def _page(request: Visit, error: Invalid | None = None, failed: UUID | None = None) -> Response[str]:
    async with request.node.read(request.who) as tx:
        found = await service.contradictions_of(tx)
    return request.page(
        "exchange/heads.html", status=error.status if error else 200, waiting=[one for one in found if not one.settled],
        settled=[one for one in found if one.settled], error=error, failed=failed, typed=request.posted.get("why") if error else "", name=_names(request),
    )  # fmt: skip


def _names(request: Visit) -> Any:
    """Of the agency that operates a node; its code where no configuration says it."""
    try:
        membership = membership_of(request.node)
    except Unavailable:
        return lambda code: code
    operators = {server.code: server.operator for server in membership.configuration.servers}
    members, speaker = membership.members, request.speaker
    return lambda code: speaker.pick(members[operators[code]].name) if operators.get(code) in members else code


@page(PATH + "/{contradiction:uuid}/proof", operator)
async def proof(request: Visit, contradiction: FromPath[UUID]) -> Response[bytes]:
    async with request.node.read(request.who) as tx:
        file = await contradiction_file(tx, contradiction)
    return Response(
        file, media_type="application/json", headers={"content-disposition": f'attachment; filename="contradiction-{contradiction}.json"'}
    )


@action(PATH + "/{contradiction:uuid}/settle", operator)
async def settle(request: Visit, contradiction: FromPath[UUID]) -> Response[Any]:
    try:
        async with request.node.write(request.who) as tx:
            await service.settle(tx, request.who, contradiction, request.posted.get("why"))
    except Invalid as error:
        return await _page(request, error, contradiction)
    return request.go(f"{PATH}#settled")


routes = [heads, proof, settle]
