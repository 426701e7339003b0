"""A provider's system that takes messages, with services, rights and a topic of it registered: once for all tests of told messages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from aiohttp import web
from msgspec import structs

from dinh.app.setup import connect
from dinh.exchange import (
    Edge,
    Right,
    Service,
    Subscription,
    SubscriptionEntry,
    Topic,
    TopicEntry,
    admit,
    dead_of,
    deliver,
    give_up,
    hand_over,
    hurry,
    register_all,
    retry_now,
)
from dinh.exchange.paths import Endpoint
from dinh.exchange.systems.outward import HttpSystems
from dinh.kernel.node import Node
from tests.exchange.backend import TITLE, WHO, listening, offered
from tests.world import World

ROOT = "/api/exchange/v1"
TELL = f"{ROOT}/tell/G01/mailbox/notice"
TELLER, NOSY, MAILBOX = "SUBSYSTEM:VN/GOV/G22/teller", "SUBSYSTEM:VN/GOV/G22/nosy", "SUBSYSTEM:VN/GOV/G01/mailbox"
FINE = Right(
    purpose="news",
    title=TITLE,
    basis="test",
    ref="test",
    assurance=0,
    clients=[TELLER],
    endpoints=[Endpoint("POST", "/"), Endpoint("POST", "/box/*")],
)


class Mailbox:
    """A provider's system. It acts once for each Idempotency-Key, and answers with the status that stands in `says`: below an address in `held` when it is let."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.done: dict[str, bytes] = {}
        self.says = 200
        self.held: dict[str, asyncio.Event] = {}
        self.outward = HttpSystems()

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.calls.append({"target": request.raw_path, "headers": {name.lower(): value for name, value in request.headers.items()}, "body": body})
        if let := self.held.get(request.path):
            await let.wait()
        if self.says < 300:
            self.done.setdefault(request.headers["Idempotency-Key"], body)
        return web.Response(status=self.says)


@asynccontextmanager
async def opened(world: World) -> AsyncIterator[Mailbox]:
    made = Mailbox()
    async with listening(made.answer) as address:
        urls = {"notice": f"{address}/in", "news": f"{address}/news", "rare": f"{address}/rare", "gone": "http://127.0.0.1:9/"}
        services = [
            Service(code=code, provider="G01", kind="tell", title=TITLE, rights=[], subsystem="mailbox", url=url) for code, url in urls.items()
        ]
        rights = {"notice": FINE, "gone": FINE, "rare": structs.replace(FINE, daily=1)}
        await offered(world, [TELLER, NOSY], services, rights, "news")
        topic = Topic(code="trial.news", title=TITLE, publishers=[TELLER], purpose="news", basis="test", ref="test", carries=["what", "secret?"])
        subscription = Subscription(subscriber="G01", subsystem="mailbox", service="news", basis="test", ref="test", carries=["what"])
        async with world.portal.write(WHO) as tx:
            await register_all(tx, WHO, [TopicEntry(topic)])
            await register_all(tx, WHO, [SubscriptionEntry("trial.news", subscription)])
        await connect(world.nodes, lambda _: None)
        async with world.registers.write(WHO) as tx:
            await admit(tx, WHO, MAILBOX, "network")
        yield made
        await made.outward.close()


def client_of(node: Node, subsystem: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=Edge(node, network=True))  # type: ignore[arg-type]
    headers = {"X-Road-Client": subsystem.removeprefix("SUBSYSTEM:")}
    return httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers, timeout=60)


async def round_of(world: World) -> int:
    """One round everywhere, with whatever waits for its next attempt due."""
    for node in world.nodes.values():
        async with node.write(WHO) as tx:
            await retry_now(tx)
            await hurry(tx)
    return sum([await deliver(node) + await hand_over(node) for node in world.nodes.values()])


async def settled(world: World) -> None:
    while await round_of(world):
        pass


async def give_all_up(world: World) -> None:
    async with world.portal.write(WHO) as tx:
        for message in (await dead_of(tx))[0]:
            await give_up(tx, WHO, message.id, "not_needed")


async def state(http: httpx.AsyncClient, name: str) -> dict[str, Any]:
    answer = await http.get(f"{ROOT}/messages/{name}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
