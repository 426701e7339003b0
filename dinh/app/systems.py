"""The process for the members' own systems: a listener that only they can reach, so that pages and exchanges do not wait for each other."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels

from dinh.app.nodes import open_nodes
from dinh.app.places import ready_file
from dinh.app.serve import READY_PAUSE, child, die_with, settle, watching
from dinh.app.wires import joined
from dinh.exchange import Edge
from dinh.kernel import settings

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class Systems:
    """Dispatches by host, as the pages do; where one node is served, any name is good, for a system knows its node by an address of its own."""

    def __init__(self, only: str | None) -> None:
        self._settings, self._only = settings.load(), only
        self._edges: dict[str, Edge] = {}
        self._stack = AsyncExitStack()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        edge = self._of(next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1"))
        if edge is None:
            await send({"type": "http.response.start", "status": 421, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await edge(scope, receive, send)

    def _of(self, host: str) -> Edge | None:
        return next(iter(self._edges.values())) if len(self._edges) == 1 else self._edges.get(host.rsplit(":", 1)[0].lower())

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self._open():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[None]:
        while os.environ.get("DINH_SUPERVISOR") and not ready_file(self._settings).exists():  # noqa: ASYNC110 - made by another process
            await asyncio.sleep(READY_PAUSE)
        async with open_nodes(self._settings, self._only, web=False) as nodes, joined(self._settings, nodes, listen=False), watching(nodes):
            spelling = self._settings.xroad_errors
            self._edges = {node.plan.host: Edge(node, network=True, spelling=spelling) for node in nodes.values() if "exchange" in node.plan.rooms}
            settle()
            yield


def worker() -> Systems:
    """Granian's factory: runs in each worker."""
    child()
    return Systems(os.environ.get("DINH_ONLY_NODE"))


def main() -> None:
    chosen = settings.load()
    if os.environ.get("DINH_SUPERVISOR"):
        die_with(int(os.environ["DINH_SUPERVISOR"]))
    Granian(
        "dinh.app.systems:worker", factory=True, interface=Interfaces.ASGI, address=chosen.address, port=chosen.systems_port or chosen.port,
        loop=Loops.uvloop, http=HTTPModes.http1, websockets=False, log_access=False, log_level=LogLevels.warning, workers_kill_timeout=10,
        respawn_failed_workers=True,
    ).serve()  # fmt: skip


if __name__ == "__main__":
    main()
