"""The web process: granian workers, each with every node's application."""

import asyncio
import ctypes
import gc
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from litestar import Litestar, Response

from dinh.app.nodes import open_nodes, rooms_of
from dinh.app.places import ready_file
from dinh.app.wires import joined
from dinh.exchange import look_again
from dinh.kernel import log, settings
from dinh.kernel.errors import Unavailable
from dinh.kernel.node import Node
from dinh.kernel.web.routes import page, public
from dinh.kernel.web.server import Nodes, application
from dinh.kernel.web.visit import Visit

PR_SET_PDEATHSIG = 1
# New objects that outlive their request before the collector looks at them.
COLLECT_AFTER = 50_000
READY_PAUSE = 0.02
LOOK_PAUSE = 2.0
_log = log.get("app")


@page("/", public)
async def machine_home(request: Visit) -> Response[str]:
    """The front page of a node without a portal: to where the official works, to its registers, or a word on what it is."""
    if request.node.plan.units:
        only_oversees = request.who.has("oversee") and not (request.who.has("handle") or request.who.has("decide"))
        return request.go("/command" if only_oversees else "/desk")
    node = request.node
    if "registers" in node.plan.rooms:
        return request.go("/registers")
    return request.page("app/machine.html", portal=node.origin_of(node.country.portal))


def build(node: Node) -> Litestar:
    routes = [route for bundle in rooms_of(node) for route in bundle.routes]
    return application(node, routes if "portal" in node.plan.rooms else [*routes, machine_home])


class Site:
    """Opens the nodes when the worker starts; the applications exist only from then on."""

    def __init__(self, only: str | None = None) -> None:
        self._settings = settings.load()
        self._only = only
        self._site: Nodes | None = None

    async def __call__(self, scope: dict, receive: object, send: object) -> None:  # type: ignore[type-arg]
        if self._site is None:
            self._site = await self._open()
        await self._site(scope, receive, send)  # type: ignore[arg-type]

    async def _open(self) -> Nodes:
        """Once the supervisor has set everything up; without a supervisor, at once."""
        while os.environ.get("DINH_SUPERVISOR") and not ready_file(self._settings).exists():  # noqa: ASYNC110 - made by another process
            await asyncio.sleep(READY_PAUSE)
        stack = AsyncExitStack()
        nodes = await stack.enter_async_context(open_nodes(self._settings, self._only))
        await stack.enter_async_context(joined(self._settings, nodes, listen=True))
        await stack.enter_async_context(watching(nodes))

        @asynccontextmanager
        async def lifetime() -> AsyncIterator[None]:
            async with stack:
                yield

        sites = {node.plan.host: build(node) for node in nodes.values()}
        settle()
        return Nodes(sites, lifetime)


@asynccontextmanager
async def watching(nodes: dict[str, Node]) -> AsyncIterator[None]:
    """Meanwhile, what the worker took in of the exchange's configuration is used here within LOOK_PAUSE seconds."""
    watch = asyncio.create_task(_watch(list(nodes.values())))
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.wait([watch])


async def _watch(nodes: list[Node]) -> None:
    while True:
        await asyncio.sleep(LOOK_PAUSE)
        for node in nodes:
            try:
                await look_again(node)
            except Unavailable:
                continue  # The database is down: so is everything else, and the next round looks again.
            except Exception as error:  # noqa: BLE001 - a watch that ends would be blind for ever
                _log.error("look_failed", node=node.code, exc_info=error)


def die_with(parent: int) -> None:
    """End when the parent ends, also if it was killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def settle() -> None:
    """Once all is open: a country's content is some hundred thousand objects, and the collector need not walk over them again while people wait."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def child() -> None:
    """First in each worker of a server: a forked one inherits granian's own signal handlers, so put them back."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent and parent.pid:
        die_with(parent.pid)
    log.set_up(settings.load().log_level)


def worker() -> Site:
    """Granian's factory: runs in each worker."""
    child()
    return Site(os.environ.get("DINH_ONLY_NODE"))


def main() -> None:
    chosen = settings.load()
    if os.environ.get("DINH_SUPERVISOR"):
        die_with(int(os.environ["DINH_SUPERVISOR"]))
    Granian(
        "dinh.app.serve:worker", factory=True, interface=Interfaces.ASGI, address=chosen.address, port=chosen.port, workers=chosen.workers,
        loop=Loops.uvloop, http=HTTPModes.http1, websockets=False, log_access=False, log_level=LogLevels.warning, workers_kill_timeout=10,
        respawn_failed_workers=True,
    ).serve()  # fmt: skip


if __name__ == "__main__":
    main()
