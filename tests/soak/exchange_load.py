"""A member's system that asks without pause through a running installation, and what must be there afterwards."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aiohttp
import asyncpg

from bench.exchange import CLIENT
from dinh.app.databases import Databases
from dinh.app.nodes import open_nodes
from dinh.kernel.events import verify
from dinh.kernel.settings import Settings

CALLERS = 16
HEADERS = {"X-Road-Client": CLIENT.partition(":")[2], "Host": "localhost"}


class Stub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"fine")

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def stub() -> Iterator[int]:
    """The provider's system; its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class Told:
    """When each acknowledged exchange was, by its id; and how many calls failed."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, float] = {}
        self.failed = 0


async def load(url: str, seconds: float, meanwhile: Awaitable[None]) -> Told:
    told, until = Told(), time.monotonic() + seconds

    async def call(session: aiohttp.ClientSession) -> None:
        while time.monotonic() < until:
            try:
                async with session.get(url, headers=HEADERS) as answer:
                    if answer.status == 200:
                        told.acknowledged[answer.headers["x-road-request-id"]] = time.monotonic()
                    else:
                        told.failed += 1
                        await asyncio.sleep(0.1)
            except (aiohttp.ClientError, OSError):
                told.failed += 1
                await asyncio.sleep(0.2)

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=35)) as session:
        await asyncio.gather(meanwhile, *[call(session) for _ in range(CALLERS)])
    return told


async def check(settings: Settings, acknowledged: set[str]) -> None:
    """Both sides have the leaf of each, and both spines are whole."""
    databases = Databases(settings)
    for name, side in (("portal", "client"), ("registers", "provider")):
        connection: asyncpg.Connection = await databases.owner(databases.name(name))
        try:
            rows = await connection.fetch(
                "SELECT c.id, b.id AS batch FROM exchange.call c LEFT JOIN exchange.batch b ON b.id = c.answer_batch WHERE side = $1", side
            )
        finally:
            await connection.close()
        kept = {str(row["id"]) for row in rows if row["batch"]}
        assert acknowledged <= kept, (name, len(acknowledged - kept))
    async with open_nodes(settings, web=False) as nodes:
        for node in (nodes["portal"], nodes["registers"]):
            assert await verify(node) > 0
