"""What tests of the registry share: the registry within reach or not, a round of everyone's worker, a change."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import msgspec

from dinh.exchange import (
    CONFIGURATION,
    Question,
    Source,
    ask,
    follow_registry,
    publish_configuration,
    states_of,
    take,
)
from dinh.exchange.members.jobs import PATH
from dinh.kernel import clock
from dinh.kernel.caller import Caller, system
from dinh.kernel.node import Node
from tests.flows.outcomes import rows
from tests.world import World

WHO = system("test")
HOUR = 3600
LINK = Caller(kind="system", post="system:test", agency="G22", assurance=2)


@asynccontextmanager
async def reachable(world: World) -> AsyncIterator[None]:
    """The nodes reach the registry in process, by the same requests as on the network; the clock is right again afterwards."""
    before = {node.code: node.part(Source) for node in world.nodes.values()}
    online(world)
    yield
    clock.shift(0)
    for node in world.nodes.values():
        node.plug(Source, before[node.code])
    await world.go_on()


def online(world: World) -> None:
    for node in world.nodes.values():
        transport = httpx.ASGITransport(app=world.site, raise_app_exceptions=False)  # type: ignore[arg-type]
        node.plug(Source, Source(world.portal.origin, httpx.AsyncClient(transport=transport)))


def offline(world: World) -> None:
    """Nothing listens there."""
    for node in world.nodes.values():
        node.plug(Source, Source("http://127.0.0.1:9", httpx.AsyncClient(timeout=1)))


def answering(world: World, status: int, body: bytes) -> None:
    """Somebody else answers at the registry's address."""
    for node in world.nodes.values():
        transport = httpx.MockTransport(lambda _: httpx.Response(status, content=body))
        node.plug(Source, Source(world.portal.origin, httpx.AsyncClient(transport=transport)))


async def spread(world: World) -> None:
    """One round of everyone's worker."""
    await publish_configuration(world.portal)
    for node in world.nodes.values():
        await follow_registry(node)


async def question(world: World) -> str:
    """From the portal to the registers, about somebody."""
    person = await world.person(world.account("mother"))
    body = {"ref": person}
    answer = await ask(world.portal, msgspec.structs.replace(LINK, person=person), Question(service="population.person", client="G22", provider="G01", purpose="prefill", body=body))  # fmt: skip
    return str(answer.body["ref"])


async def version_of(node: Node, kind: str = CONFIGURATION) -> int:
    async with node.read(WHO) as tx:
        return next(state.version for state in await states_of(tx) if state.kind == kind)


async def on_registry(world: World, work: Callable[..., Awaitable[object]], *what: object, **more: object) -> object:
    async with world.portal.write(WHO) as tx:
        return await work(tx, WHO, *what, **more)


async def document(world: World, kind: str = CONFIGURATION) -> str:
    return (await world.visitor(world.portal).get(f"{PATH}/{kind}")).text


async def taken(node: Node, kind: str, token: str) -> bool:
    async with node.write(WHO) as tx:
        return await take(tx, WHO, kind, token)


async def last_events(node: Node, kind: str, count: int = 5) -> list[dict[str, object]]:
    found = await rows(node, "SELECT payload FROM kernel.event WHERE type = $1 ORDER BY recorded_at DESC LIMIT $2", kind, count)
    return [json.loads(row["payload"]) for row in found]
