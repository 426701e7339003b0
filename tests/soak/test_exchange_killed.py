"""Both nodes' processes are killed again and again under load: whatever a system was told had succeeded has its evidence on both sides."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from bench.exchange import CLIENT, PROVIDER, register
from bench.stack import free_port, home, running, tree
from dinh.app.databases import Databases
from dinh.app.nodes import open_nodes
from dinh.kernel.events import verify
from dinh.kernel.settings import Settings

SECONDS, CALLERS, PAUSE = 75, 16, 10.0
HEADERS = {"X-Road-Client": "/".join(CLIENT.partition(":")[2].split("/")), "Host": "localhost"}
UNKNOWN = 100


class Stub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"fine")

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def stub() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_no_acknowledged_exchange_is_without_its_leaf(stub: int) -> None:
    with home() as folder:
        systems = free_port()
        with running(folder, DINH_PERSONS="500", DINH_SYSTEMS_PORT=str(systems)) as (process, port):
            settings = Settings(home=folder, port=port)
            asyncio.run(register(settings, stub))
            acknowledged, failed = asyncio.run(_load(f"http://127.0.0.1:{systems}/r1/{PROVIDER}/echo/x", process.pid))
            assert len(acknowledged) > UNKNOWN, "there was a load"
            assert failed, "and the kills were felt"
            asyncio.run(_check(settings, acknowledged))


async def _load(url: str, pid: int) -> tuple[set[str], int]:
    acknowledged: set[str] = set()
    failed, until = 0, time.monotonic() + SECONDS

    async def call(session: aiohttp.ClientSession) -> None:
        nonlocal failed
        while time.monotonic() < until:
            try:
                async with session.get(url, headers=HEADERS) as answer:
                    if answer.status == 200:
                        acknowledged.add(answer.headers["x-road-request-id"])
                    else:
                        failed += 1
                        await asyncio.sleep(0.1)
            except (aiohttp.ClientError, OSError):
                failed += 1
                await asyncio.sleep(0.2)

    async def kill() -> None:
        """Workers of the pages' process (it answers for the provider) and of the systems' process, by turns."""
        for turn in range(int((SECONDS - 8) / PAUSE)):
            await asyncio.sleep(PAUSE)
            for victim in _workers(pid, ("dinh.app.serve", "dinh.app.systems")[turn % 2]):
                with suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=35)) as session:
        await asyncio.gather(kill(), *[call(session) for _ in range(CALLERS)])
    return acknowledged, failed


def _workers(pid: int, module: str) -> list[int]:
    """Children of a server that serve, not the server that starts them."""
    found = {each: Path(f"/proc/{each}/cmdline").read_bytes().decode(errors="replace") for each in tree(pid) if Path(f"/proc/{each}").exists()}
    mine = [each for each, command in found.items() if module in command]
    parents = {each: int(Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()[1]) for each in mine}
    return [each for each in mine if parents[each] in mine]


async def _check(settings: Settings, acknowledged: set[str]) -> None:
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
