"""A provider's system, with services and rights of it registered: once for all tests of the exchange."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from dinh.app.setup import connect
from dinh.exchange import Right, RightEntry, Service, ServiceEntry, SubsystemEntry, admit, register_all
from dinh.exchange.paths import Endpoint
from dinh.exchange.systems.outward import HttpSystems
from dinh.kernel.caller import system
from tests.world import World

WHO = system("test")
TITLE = {"vi": "Thử", "en": "Trial"}
CLIENT = "SUBSYSTEM:VN/GOV/G22/app"


class Backend:
    """A provider's system: it tells what reached it."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.port = 0
        self.outward = HttpSystems()

    async def start(self) -> web.AppRunner:
        application = web.Application(client_max_size=20_000_000)
        application.router.add_route("*", "/{tail:.*}", self._answer)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        return runner

    async def _answer(self, request: web.Request) -> web.Response:
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
async def serving(world: World) -> AsyncIterator[Backend]:
    made = Backend()
    runner = await made.start()
    services = [
        Service(code="echo", provider="G01", kind="ask", title=TITLE, rights=[], subsystem="citizens", url=f"http://127.0.0.1:{made.port}/base/"),
        Service(code="shut", provider="G01", kind="ask", title=TITLE, rights=[], subsystem="citizens", url="http://127.0.0.1:9/"),
        Service(code="closed", provider="G01", kind="ask", title=TITLE, rights=[], subsystem="citizens", url=f"http://127.0.0.1:{made.port}/"),
    ]
    open_ = [Endpoint("GET", "/"), Endpoint("*", "/things/*"), Endpoint("POST", "/deep/**")]
    right = Right(purpose="trial", title=TITLE, basis="123/2026/NĐ-CP", ref="test", assurance=0, clients=[CLIENT], endpoints=open_)
    async with world.portal.write(WHO) as tx:
        await register_all(tx, WHO, [SubsystemEntry("G22", "app"), SubsystemEntry("G22", "other"), SubsystemEntry("G01", "citizens")])
        await register_all(tx, WHO, [ServiceEntry(service) for service in services])
        await register_all(tx, WHO, [RightEntry("G01", "citizens", code, "trial", right) for code in ("echo", "shut")])
    await connect(world.nodes, lambda _: None)
    async with world.portal.write(WHO) as tx:
        await admit(tx, WHO, CLIENT, "network")
    yield made
    await made.outward.close()
    await runner.cleanup()
