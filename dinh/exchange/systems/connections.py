"""HTTP/1.1 to the systems of members, their bytes as they are in both directions. llhttp parses; connections are kept open."""

import asyncio
import ssl
from urllib.parse import SplitResult

import httptools

from dinh.exchange.gateway import Told
from dinh.kernel.errors import TooLarge

HEADER_BYTES = 64 * 1024
IDLE_CONNECTIONS = 64
PORTS = {"http": 80, "https": 443}
_INTERIM = range(100, 200)
_LENGTHS = frozenset({b"content-length", b"transfer-encoding"})


class Broken(ConnectionError):
    """The connection ended before the answer did, or what came is no answer. `early`: nothing of it had come."""

    def __init__(self, reason: str, *, early: bool = False) -> None:
        super().__init__(reason)
        self.early = early


class Connection(asyncio.Protocol):
    """One request at a time. `idle`: the last answer is whole, and another request may follow.

    Whatever comes unasked ends the connection, so that no answer is taken for that of another request.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.idle = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._answer: asyncio.Future[Told] | None = None
        self._seen, self._headed = 0, False
        self.idle = True

    def eof_received(self) -> None:
        self.idle = False

    async def ask(self, verb: str, head: bytes, body: bytes | None) -> Told:
        """Raises Broken, TooLarge. A connection whose asker went away is not used again."""
        self.idle, self._verb = False, verb
        self._parser = httptools.HttpResponseParser(self)
        self._reason, self._headers, self._parts = b"", list[tuple[bytes, bytes]](), list[bytes]()
        self._seen, self._size, self._headed = 0, 0, False
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(head)
        if body:
            self._transport.write(body)
        try:
            return await self._answer
        finally:
            if not self.idle:
                self._transport.close()

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self._end(Broken("unasked"))
            return
        self._seen += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._end(Broken(type(error).__name__))
        if not self._headed and self._seen > HEADER_BYTES:
            self._end(TooLarge("exchange.too_large"))

    def on_message_begin(self) -> None:
        if self._answer is None:
            self._end(Broken("unasked"))

    def on_status(self, status: bytes) -> None:
        self._reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._headed = self._parser.get_status_code() not in _INTERIM
        if self._headed and self._verb == "HEAD":
            # It has no body whatever its headers say; the parser would wait for one.
            self._told(keep=False)

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > self._most:
            self._end(TooLarge("exchange.too_large"))
        self._parts.append(body)

    def on_message_complete(self) -> None:
        if not self._headed:
            self._reason, self._headers = b"", []
        elif self._answer:
            self._told(keep=self._parser.should_keep_alive())

    def connection_lost(self, _: Exception | None) -> None:
        if self._answer and self._headed and not any(name.lower() in _LENGTHS for name, _ in self._headers):
            # Without a length the end of the connection is the end of the body (RFC 9112 section 6.3).
            self._told(keep=False)
        self._end(Broken("closed", early=not self._seen))

    def close(self) -> None:
        self.idle = False
        self._transport.close()

    def _told(self, *, keep: bool) -> None:
        answer, self._answer = self._answer, None
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._headers]
        self.idle = keep
        if answer and not answer.done():
            answer.set_result(Told(self._parser.get_status_code(), self._reason.decode("latin-1"), headers, b"".join(self._parts) or None))

    def _end(self, error: Exception) -> None:
        answer, self._answer, self.idle = self._answer, None, False
        if answer and not answer.done():
            answer.set_exception(error)
        self._transport.close()


class Connections:
    """Those to one address."""

    def __init__(self, address: SplitResult, most: int) -> None:
        self._address, self._most = address, most
        self._idle: list[Connection] = []
        self._tls = ssl.create_default_context() if address.scheme == "https" else None

    def kept(self) -> Connection | None:
        """An open one that waits for a request."""
        while self._idle:
            if (found := self._idle.pop()).idle:
                return found
        return None

    async def open(self, seconds: float) -> Connection:
        """Raises OSError, TimeoutError."""
        async with asyncio.timeout(seconds):
            port = self._address.port or PORTS[self._address.scheme]
            _, made = await asyncio.get_running_loop().create_connection(
                lambda: Connection(self._most), self._address.hostname or "", port, ssl=self._tls
            )
        return made

    def keep(self, connection: Connection) -> None:
        if connection.idle and len(self._idle) < IDLE_CONNECTIONS:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
