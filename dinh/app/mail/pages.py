"""What waits and what is dead, by service and receiver. Nothing of a message's content is shown, nor whose case it is of."""

from typing import Any, get_args
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from dinh.app.operator import OPERATE
from dinh.exchange import GivenUpReason, dead_of, give_up, handovers, hurry, membership_of, retry_now, revive, revive_all, waiting_of
from dinh.kernel.errors import Invalid, NotFound
from dinh.kernel.web.routes import action, entrusted, page
from dinh.kernel.web.visit import Visit

operator = entrusted(OPERATE)
PATH = "/operator/messages"


@page(PATH, operator)
async def show(request: Visit) -> Response[str]:
    return await _page(request)


async def _page(request: Visit, error: Invalid | None = None, field: str = "") -> Response[str]:
    if "exchange" not in request.node.plan.rooms:
        raise NotFound
    async with request.node.read(request.who) as tx:
        dead, reasons = await dead_of(tx)
        waiting = [*await waiting_of(tx), *await handovers(tx)]
    status = error.status if error else 200
    words = {"dead": dead, "reasons": reasons, "total": sum(one.count for one in reasons), "waiting": waiting, "choices": get_args(GivenUpReason)}
    membership, speaker = membership_of(request.node), request.speaker
    services, members = membership.services, membership.members
    return request.page(
        "app/messages.html", status=status, error=error, field=field, why=speaker.refusal,
        title=lambda code: speaker.pick(services[code].title) if code in services else "",
        name=lambda code: speaker.pick(members[code].name) if code in members else code, **words,
    )  # fmt: skip


@action(f"{PATH}/{{message:uuid}}/revive", operator)
async def again(request: Visit, message: FromPath[UUID]) -> Response[Any]:
    async with request.node.write(request.who) as tx:
        await revive(tx, request.who, message)
    return request.go(PATH)


@action(f"{PATH}/revive", operator)
async def all_again(request: Visit) -> Response[Any]:
    """All that died of one reason."""
    async with request.node.write(request.who) as tx:
        await revive_all(tx, request.who, request.posted.get("refusal", ""))
    return request.go(PATH)


@action(f"{PATH}/{{message:uuid}}/give-up", operator)
async def no_more(request: Visit, message: FromPath[UUID]) -> Response[Any]:
    field = f"reason-{message}"
    try:
        async with request.node.write(request.who) as tx:
            await give_up(tx, request.who, message, request.posted.get(field, ""))
    except Invalid as error:
        return await _page(request, error, field)
    return request.go(PATH)


@action(f"{PATH}/now", operator)
async def now(request: Visit) -> Response[Any]:
    """Whatever waits is due at once."""
    async with request.node.write(request.who) as tx:
        await retry_now(tx)
        await hurry(tx)
    return request.go(f"{PATH}#waiting")


routes = [show, again, all_again, no_more, now]
