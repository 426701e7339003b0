"""Reaches the systems of the members that a node hosts."""

import asyncio
from urllib.parse import urlsplit

from dinh.exchange.gateway import Systems, Told
from dinh.exchange.members import Service
from dinh.exchange.systems.connections import Broken, Connection, Connections
from dinh.kernel import log
from dinh.kernel.errors import Unavailable

MOST = 10 * 1024 * 1024
# What a second attempt cannot do twice (RFC 9110 section 9.2.2).
REPEATABLE = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PUT", "TRACE"})
WITH_BODY = frozenset({"PATCH", "POST", "PUT"})
_log = log.get("exchange")


class HttpSystems(Systems):
    """Connections are kept open. What was matched with a right is what is sent: neither the address nor a header is written anew."""

    def __init__(self) -> None:
        self._connections: dict[str, Connections] = {}

    async def call(self, service: Service, verb: str, target: str, headers: list[tuple[str, str]], body: bytes | None) -> Told:
        try:
            async with asyncio.timeout(service.timeouts.answer):
                return await self._call(service, verb, _head(service.url or "", verb, target, headers, body), body)
        except (TimeoutError, OSError) as error:
            slow = isinstance(error, TimeoutError)
            _log.warning("system_slow" if slow else "system_down", service=service.code, reason=str(error) or type(error).__name__)
            raise Unavailable("exchange.system_slow" if slow else "exchange.system_down") from error

    async def _call(self, service: Service, verb: str, head: bytes, body: bytes | None) -> Told:
        """A kept connection that its system closed meanwhile is no fault: what may be asked twice goes by a new one."""
        connections = self._to(service.url or "")
        kept = connections.kept()
        connection = kept or await _reach(connections, service.timeouts.connect)
        try:
            told = await connection.ask(verb, head, body)
        except Broken as error:
            if not (kept and error.early and verb in REPEATABLE):
                raise
            connection = await _reach(connections, service.timeouts.connect)
            told = await connection.ask(verb, head, body)
        connections.keep(connection)
        return told

    def _to(self, url: str) -> Connections:
        if url not in self._connections:
            self._connections[url] = Connections(urlsplit(url), MOST)
        return self._connections[url]

    async def close(self) -> None:
        for connections in self._connections.values():
            connections.close()


async def _reach(connections: Connections, seconds: float) -> Connection:
    """Not reached in time is down, not slow."""
    try:
        return await connections.open(seconds)
    except TimeoutError as error:
        raise Broken("not reached in time") from error


def _head(url: str, verb: str, target: str, headers: list[tuple[str, str]], body: bytes | None) -> bytes:
    """Headers as they stand in the message, which has none that frames it (`messages.DROPPED`), and no line end inside one."""
    address = urlsplit(url)
    asked = f"{address.path.rstrip('/')}{target}"
    # Where neither has a path (RFC 9112, 3.2.1).
    asked = asked if asked.startswith("/") else f"/{asked}"
    lines = [f"{verb} {asked} HTTP/1.1", f"Host: {address.netloc}", *[f"{name}: {value}" for name, value in headers]]
    if body is not None or verb in WITH_BODY:
        lines.append(f"Content-Length: {len(body or b'')}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
