"""A registered node that turns hostile: it has its own TLS key, and asks for everything there is."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import msgspec
import pytest

from dinh.app.wires import tls_folder
from dinh.exchange.links import Frame, Letter, Letters
from dinh.exchange.links.sockets import LETTERS, MOST_CONNECTIONS, client_context
from dinh.kernel.node import Node
from tests.exchange.test_links import linked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


@asynccontextmanager
async def caller(node: Node, port: int) -> AsyncIterator[Callable[[], Awaitable[aiohttp.ClientWebSocketResponse]]]:
    """What somebody with the node's own TLS key can do: connect to the registers, again and again."""
    context = client_context(tls_folder(node))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(family=socket.AF_INET, limit=0)) as session:

        async def connect() -> aiohttp.ClientWebSocketResponse:
            return await session.ws_connect(f"https://127.0.0.1:{port}/links/registers", ssl=context, server_hostname="registers.localhost")

        yield connect


async def test_one_node_has_so_many_connections_and_the_others_keep_theirs(world: World) -> None:
    async with linked(world) as port, caller(world.portal, port) as connect, caller(world.desk, port) as other:
        opened = [await connect() for _ in range(MOST_CONNECTIONS)]
        with pytest.raises(aiohttp.WSServerHandshakeError, match="429"):
            await connect()
        assert not (await other()).closed
        await opened[0].close()
        for _ in range(50):
            try:
                again = await connect()
                break
            except aiohttp.WSServerHandshakeError:
                await asyncio.sleep(0.05)
        assert not again.closed


async def test_a_node_that_floods_letters_over_all_its_connections_is_refused_and_the_others_are_answered(world: World) -> None:
    async def answer(_node: Node, body: bytes) -> bytes:
        return body

    async def posted(socket: aiohttp.ClientWebSocketResponse, count: int) -> int:
        """How many of these are answered."""
        found = 0
        for at in range(count):
            await socket.send_bytes(msgspec.msgpack.encode(Frame(letters=[Letter(at, "trial", b"x")])))
            found += len(msgspec.msgpack.decode(await socket.receive_bytes(timeout=10), type=Frame).letters)
        return found

    letters = world.registers.part(Letters)
    letters["trial"] = answer
    try:
        async with linked(world) as port, caller(world.portal, port) as connect, caller(world.desk, port) as other:
            began = time.monotonic()
            answered = sum([await posted(await connect(), 150) for _ in range(4)])
            burst, rate = LETTERS
            assert burst <= answered <= burst + rate * (time.monotonic() - began) + 1
            assert await posted(await other(), 20) == 20
    finally:
        letters.pop("trial")
