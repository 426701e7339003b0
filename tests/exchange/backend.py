"""A provider's system, with services and rights of it registered: once for all tests of the exchange."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from dinh.app.setup import connect
from dinh.exchange import Right, RightEntry, Service, ServiceEntry, SubsystemEntry, admit, dismiss, register_all
from dinh.exchange.paths import Endpoint
from dinh.exchange.systems.outward import HttpSystems
from dinh.kernel.caller import system
from dinh.kernel.node import Node
from tests.world import World

WHO = system("test")
TITLE = {"vi": "Thử", "en": "Trial"}
CLIENT = "SUBSYSTEM:VN/GOV/G22/app"


@asynccontextmanager
async def listening(answer: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """Where a system answers, at any address below it."""
    application = web.Application(client_max_size=20_000_000)
    application.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def offered(world: World, clients: Sequence[str], services: Sequence[Service], rights: Mapping[str, Right], code: str = "trial") -> None:
    """Services of the registers' node, a right of each that has one, and clients of the portal's whose systems come by the network. None has to be there yet."""
    parts = [name.rpartition(":")[2].split("/") for name in clients]
    places = {(part[2], part[3]) for part in parts} | {(one.provider, one.subsystem or "") for one in services}
    async with world.portal.write(WHO) as tx:
        await register_all(tx, WHO, [SubsystemEntry(*place) for place in sorted(places)])
        await register_all(tx, WHO, [ServiceEntry(one) for one in services])
        await register_all(
            tx, WHO, [RightEntry(one.provider, one.subsystem, one.code, code, rights[one.code]) for one in services if one.code in rights]
        )
    await connect(world.nodes, lambda _: None)
    async with world.portal.write(WHO) as tx:
        for name in clients:
            await admit(tx, WHO, name, "network")


@asynccontextmanager
async def admitted(node: Node, subsystem: str) -> AsyncIterator[None]:
    """Its systems may come in meanwhile, by their connection."""
    async with node.write(WHO) as tx:
        await admit(tx, WHO, subsystem, "network")
    try:
        yield
    finally:
        async with node.write(WHO) as tx:
            await dismiss(tx, WHO, subsystem)


class Backend:
    """A provider's system: it tells what reached it."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.outward = HttpSystems()

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.seen.append(
            {
                "method": request.method,
                "target": request.raw_path,
                "headers": {name.lower(): value for name, value in request.headers.items()},
                "body": body,
            }
        )
        if request.path.endswith("/slow"):
            await asyncio.sleep(5)
        if request.path.endswith("/teapot"):
            return web.Response(
                status=418, reason="I am a teapot", headers={"X-Road-Error": "forged", "Location": "/elsewhere"}, text="short and stout"
            )
        if request.path.endswith("/moved"):
            return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})
        return web.Response(body=body or b"nothing", content_type="application/octet-stream", headers={"X-Custom": "kept"})

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[str]:
        async with listening(self.answer) as address:
            yield address
            await self.outward.close()


@asynccontextmanager
async def serving(world: World) -> AsyncIterator[Backend]:
    made = Backend()
    async with made.opened() as address:
        urls = {"echo": f"{address}/base/", "shut": "http://127.0.0.1:9/", "closed": f"{address}/"}
        services = [
            Service(code=code, provider="G01", kind="ask", title=TITLE, rights=[], subsystem="citizens", url=url) for code, url in urls.items()
        ]
        open_ = [Endpoint("GET", "/"), Endpoint("*", "/things/*"), Endpoint("POST", "/deep/**")]
        right = Right(purpose="trial", title=TITLE, basis="123/2026/NĐ-CP", ref="test", assurance=0, clients=[CLIENT], endpoints=open_)
        async with world.portal.write(WHO) as tx:
            await register_all(tx, WHO, [SubsystemEntry("G22", "other")])
        await offered(world, [CLIENT], services, {"echo": right, "shut": right})
        yield made
