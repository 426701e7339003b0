"""Connections between machines: WebSockets under mutual TLS 1.3. TLS keeps strangers out; who says what is proved by the signatures inside."""

import asyncio
import hashlib
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.x509.oid import NameOID

from dinh.exchange.links.contracts import FRAME_BYTES, MESSAGE_BYTES, Channel, Handler, Receiver
from dinh.exchange.links.server import Respondent
from dinh.kernel import log
from dinh.kernel.allowance import Allowance
from dinh.kernel.errors import BadSignature, Unavailable
from dinh.kernel.node import Node

PATH = "/links/"
MOST = MESSAGE_BYTES + FRAME_BYTES
HEARTBEAT = 20.0
CONNECT_SECONDS = 5.0
STOP_SECONDS = 1.0
LOCAL = "127.0.0.1"
# Of one node at each process here. A node opens one connection in each process of its own.
MOST_CONNECTIONS = 64
# Letters of one node, on all its connections: at once, and then a second. It shows a head a minute, and answers a few dozen when its figures are gathered.
LETTERS = (240, 4.0)
FILES = ("tls.pem", "tls.key", "roots.pem")
_log = log.get("exchange")


class _Socket:
    def __init__(self, socket: web.WebSocketResponse | aiohttp.ClientWebSocketResponse[bool]) -> None:
        self._socket = socket

    async def send(self, frame: bytes) -> None:
        try:
            await self._socket.send_bytes(frame)
        except (ConnectionError, aiohttp.ClientError, RuntimeError) as error:
            raise Unavailable("exchange.unreachable") from error

    async def close(self) -> None:
        await self._socket.close()


class Sockets:
    """A Transport. `address_of` gives the https origin of another node's listener, and the SHA-256, in hex, of the certificates that it may show, where the registry knows them."""

    def __init__(self, node: Node, context: ssl.SSLContext, address_of: Callable[[str], tuple[str, frozenset[str]]]) -> None:
        self._node, self._context, self._address_of = node, context, address_of
        self._session: aiohttp.ClientSession | None = None
        self._reading: set[asyncio.Task[None]] = set()

    async def open(self, node: str, receiver: Receiver) -> Channel:
        session = self._session = self._session or aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=_Names(), limit=0))
        address, certificates = self._address_of(node)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                opened = await session.ws_connect(
                    address + PATH + node, ssl=self._context, max_msg_size=MOST, heartbeat=HEARTBEAT, compress=0,
                )  # fmt: skip
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            _log.warning("peer_unreachable", node=self._node.code, peer=node, reason=str(error) or type(error).__name__)
            raise Unavailable("exchange.unreachable") from error
        if certificates and _shown(opened) not in certificates:
            _log.error("peer_not_itself", node=self._node.code, peer=node)
            await opened.close()
            raise Unavailable("exchange.unreachable")
        task = asyncio.create_task(_read(opened, receiver))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)
        return _Socket(opened)

    async def close(self) -> None:
        if self._session:
            await self._session.close()
        for task in self._reading:
            task.cancel()


def _shown(opened: aiohttp.ClientWebSocketResponse[bool]) -> str | None:
    """The certificate of the other end, by its SHA-256."""
    secured: ssl.SSLObject | None = opened.get_extra_info("ssl_object")
    shown = secured.getpeercert(binary_form=True) if secured else None
    return hashlib.sha256(shown).hexdigest() if shown else None


async def _read(opened: web.WebSocketResponse | aiohttp.ClientWebSocketResponse[bool], receiver: Receiver) -> None:
    """Until it is closed, or sends what is no frame."""
    try:
        async for message in opened:
            if message.type is not aiohttp.WSMsgType.BINARY:
                break
            await receiver.take(message.data)
    except BadSignature as error:
        _log.warning("link_closed", reason=str(error))
    finally:
        receiver.lost()
        await opened.close()


class _Names(AbstractResolver):
    """Names below localhost are this machine's own, also where no resolver knows them."""

    def __init__(self) -> None:
        self._others = aiohttp.ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        if host == "localhost" or host.endswith(".localhost"):
            return [ResolveResult(hostname=host, host=LOCAL, port=port, family=socket.AF_INET, proto=0, flags=socket.AI_NUMERICHOST)]
        return await self._others.resolve(host, port, family)

    async def close(self) -> None:
        await self._others.close()


class Listener:
    """Takes connections for the nodes of this process, told apart by the path. Several processes can share the port."""

    def __init__(self, handlers: dict[str, tuple[Node, Handler]], context: ssl.SSLContext) -> None:
        self._handlers, self._context = handlers, context
        self._connections, self._letters = Counter[str](), Allowance(*LETTERS)
        application = web.Application()
        application.router.add_get(PATH + "{node}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=STOP_SECONDS)

    async def start(self, address: str, port: int) -> None:
        """Raises OSError when the port is taken."""
        await self._runner.setup()
        await web.TCPSite(self._runner, address, port, ssl_context=self._context, reuse_port=True).start()

    async def close(self) -> None:
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        found = self._handlers.get(request.match_info["node"])
        if found is None:
            raise web.HTTPNotFound
        peer = _peer(request)
        if self._connections[peer] >= MOST_CONNECTIONS:
            _log.warning("too_many_connections", node=found[0].code, peer=peer)
            raise web.HTTPTooManyRequests
        self._connections[peer] += 1
        try:
            return await self._speak(request, peer, *found)
        finally:
            self._connections[peer] -= 1
            if not self._connections[peer]:
                del self._connections[peer]

    async def _speak(self, request: web.Request, peer: str, node: Node, handler: Handler) -> web.WebSocketResponse:
        opened = web.WebSocketResponse(max_msg_size=MOST, heartbeat=HEARTBEAT, compress=False)
        await opened.prepare(request)
        await _read(opened, Respondent(node, handler, _Socket(opened), lambda: not self._letters.take(peer)))
        return opened


def _peer(request: web.Request) -> str:
    """Whom the authority has certified at the other end: a node's code. Of who has none, the certificate."""
    secured: ssl.SSLObject | None = request.get_extra_info("ssl_object")
    shown = secured.getpeercert(binary_form=True) if secured else None
    if not shown:
        return ""
    subject = x509.load_der_x509_certificate(shown).subject
    names = [one.value for kind in (NameOID.SERIAL_NUMBER, NameOID.ORGANIZATION_IDENTIFIER) for one in subject.get_attributes_for_oid(kind)]
    return str(names[0]) if names else hashlib.sha256(shown).hexdigest()


class Contexts:
    """Of one node, for both ends. What was renewed in the folder is used by the next handshakes; connections that stand go on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.client, self.server = client_context(folder), server_context(folder)
        self._mark = self._look()

    def _look(self) -> tuple[int, ...]:
        return tuple((self._folder / name).stat().st_mtime_ns for name in FILES)

    def refresh(self) -> bool:
        """Whether something was taken in. Raises OSError (ssl.SSLError too) while the files do not belong together: then everything stays as it is."""
        mark = self._look()
        if mark == self._mark:
            return False
        server_context(self._folder)
        for context in (self.client, self.server):
            context.load_verify_locations(self._folder / "roots.pem")
            context.load_cert_chain(self._folder / "tls.pem", self._folder / "tls.key")
        self._mark = mark
        return True


def server_context(folder: Path) -> ssl.SSLContext:
    """`folder` has `tls.key`, `tls.pem` and `roots.pem`. Whoever connects must show a certificate of these roots."""
    return _strict(ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "roots.pem"), folder)


def client_context(folder: Path) -> ssl.SSLContext:
    return _strict(ssl.create_default_context(cafile=folder / "roots.pem"), folder)


def _strict(context: ssl.SSLContext, folder: Path) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(folder / "tls.pem", folder / "tls.key")
    return context
