"""What a node sends to a member's system and takes from it, against a server that answers byte by byte as each test says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from dinh.exchange import Service
from dinh.exchange.gateway import Told
from dinh.exchange.members import Timeouts
from dinh.exchange.systems.outward import MOST, HttpSystems
from dinh.kernel.errors import TooLarge, Unavailable

pytestmark = pytest.mark.asyncio(loop_scope="session")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Script = Callable[[int, int], bytes | None]


class Scripted:
    """Answers the n-th request of the m-th connection with `script(m, n)`; closes where it says nothing, after what ends with a mark."""

    CLOSE = b"<close>"

    def __init__(self, script: Script) -> None:
        self.script, self.heads, self.bodies, self.connections = script, list[bytes](), list[bytes](), 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection, number = self.connections, 0
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
                self.bodies.append(await reader.readexactly(length))
                answer = self.script(connection, number)
                number += 1
                if answer is None:
                    return
                writer.write(answer.removesuffix(self.CLOSE))
                await writer.drain()
                if answer.endswith(self.CLOSE):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def system(script: Script) -> AsyncIterator[tuple[Scripted, Callable[..., Awaitable[Told]]]]:
    scripted, outward = Scripted(script), HttpSystems()
    server = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    service = Service(
        code="s", provider="G01", kind="ask", title={"en": "s"}, rights=[], subsystem="x", url=f"http://127.0.0.1:{port}/base/",
        timeouts=Timeouts(connect=1, answer=1),
    )  # fmt: skip

    async def call(verb: str = "GET", target: str = "/a", headers: list[tuple[str, str]] | None = None, body: bytes | None = None) -> Told:
        return await outward.call(service, verb, target, headers or [], body)

    try:
        yield scripted, call
    finally:
        await outward.close()
        server.close()


async def test_bytes_go_as_they_are() -> None:
    async with system(lambda _, __: OK) as (scripted, call):
        await call("GET", "/p%C3%A1/it's?q='1'&r=%2F|", [("X-Odd-NAME", "b\xe9 'q'"), ("A", "1"), ("A", "2")])
        await call("POST", "/e")
        await call("PUT", "/e", [], b"\x00\xff" * 40_000)
    assert scripted.heads[0].split(b"\r\n")[0] == b"GET /base/p%C3%A1/it's?q='1'&r=%2F| HTTP/1.1"
    assert scripted.heads[0].split(b"\r\n")[2:-2] == [b"X-Odd-NAME: b\xe9 'q'", b"A: 1", b"A: 2"]
    assert b"Content-Length: 0\r\n" in scripted.heads[1]
    assert scripted.bodies[2] == b"\x00\xff" * 40_000
    assert scripted.connections == 1


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 Very Fine\r\nX: b\xe9\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde"),
        (b"HTTP/1.1 200 Very Fine\r\nX: b\xe9\r\n\r\nto the end<close>", b"to the end"),
        (b"HTTP/1.0 200 Very Fine\r\nX: b\xe9\r\nContent-Length: 3\r\n\r\nabc<close>", b"abc"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 Very Fine\r\nX: b\xe9\r\nContent-Length: 1\r\n\r\na", b"a"),
        (b"HTTP/1.1 200 Very Fine\r\nX: b\xe9\r\nContent-Length: 0\r\n\r\n", None),
    ],
)
async def test_answers_of_every_framing(answer: bytes, body: bytes | None) -> None:
    async with system(lambda _, __: answer) as (_, call):
        told = await call()
        assert (told.status, told.reason, told.body) == (200, "Very Fine", body)
        assert told.headers[0] == ("X", "b\xe9")
        assert (await call()).body == body


async def test_head_and_answers_without_body_keep_in_step() -> None:
    def script(_: int, number: int) -> bytes:
        return [b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", OK][number % 3]

    async with system(script) as (scripted, call):
        assert [(await call()).status for _ in range(3)] == [204, 304, 200]
        assert scripted.connections == 1
    async with system(lambda _, __: b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n") as (_, call):
        assert (await call("HEAD")).body is None
        assert (await call("HEAD")).status == 200


async def test_nothing_that_came_unasked_answers_the_next_request() -> None:
    """A second answer behind the first, in one piece or later, would otherwise reach another citizen's question."""
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
    async with system(lambda _, number: OK + forged if number == 0 else OK) as (scripted, call):
        for _ in range(5):
            assert (await call()).body == b"ok"
        assert scripted.connections == 5


async def test_a_kept_connection_that_ended_is_tried_again_only_where_twice_is_once() -> None:
    def script(connection: int, number: int) -> bytes | None:
        return OK if number == 0 else None

    async with system(script) as (scripted, call):
        assert (await call()).body == b"ok"
        assert (await call()).body == b"ok"
        assert scripted.connections == 2
        with pytest.raises(Unavailable) as refused:
            await call("POST", body=b"once")
        assert refused.value.key == "exchange.system_down"
        assert scripted.bodies.count(b"once") == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab<close>",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab<close>",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"<close>",
    ],
)
async def test_what_is_cut_off_or_ambiguous_is_no_answer(answer: bytes) -> None:
    async with system(lambda _, __: answer) as (_, call):
        with pytest.raises(Unavailable) as refused:
            await call("POST", body=b"x")
        assert refused.value.key == "exchange.system_down"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MOST + 1) + b"a" * (MOST + 1),
        b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * (MOST + 1) + b"<close>",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 400_000,
    ],
)
async def test_too_much_is_refused_and_its_connection_ended(answer: bytes) -> None:
    async with system(lambda connection, _: answer if connection == 0 else OK) as (scripted, call):
        with pytest.raises(TooLarge):
            await call()
        assert (await call()).body == b"ok"
        assert scripted.connections == 2


async def test_slow_and_unreachable_are_told_apart() -> None:
    async with system(lambda connection, _: b"HTTP/1.1 200 OK\r\n" if connection == 0 else OK) as (scripted, call):
        with pytest.raises(Unavailable) as refused:
            await call()
        assert refused.value.key == "exchange.system_slow"
        assert (await call()).body == b"ok"
        assert scripted.connections == 2
    with pytest.raises(Unavailable) as refused:
        await call()
    assert refused.value.key == "exchange.system_down"
