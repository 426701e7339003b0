"""The edge for information systems: X-Road's protocol r1 and GovStack's name of it, as plain ASGI, because every exchange passes here."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from dinh.exchange import paths
from dinh.exchange.gateway import refusal_of
from dinh.exchange.members import membership_of
from dinh.exchange.messages import VERBS, Request, Response
from dinh.exchange.registry import description_of
from dinh.exchange.systems import documents, failures, messages, meta, rules, sharedparameters
from dinh.exchange.systems.contracts import Client
from dinh.exchange.systems.service import Counter, Headers, own_target
from dinh.kernel import ids, log
from dinh.kernel.errors import BadSignature, Invalid, Refused, TooLarge
from dinh.kernel.node import Node
from dinh.kernel.texts import Texts

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
MOST = 10 * 1024 * 1024
JSON = "application/json;charset=utf-8"
# {member}/{subsystem}/{service}[/path], as for `tell`.
ASK = "/api/exchange/v1/ask/"
OWN = (ASK, messages.TELL, messages.PUBLISH, messages.STATES)
_log = log.get("exchange")


class Edge:
    """Of one node. `network`: systems whose connection is `network` are believed here; so only the listener for systems may have it.
    `spelling` is that of X-Road's error types. Our own interface stands beside X-Road's: the same questions, with errors that are problems (RFC 9457).
    """

    def __init__(self, node: Node, *, network: bool, spelling: str = "snake") -> None:
        self._node, self._counter = node, Counter(node)
        self._network, self._camel = network, spelling == "camel"
        self._trusted: tuple[int, tuple[Response, bytes]] | None = None

    def takes(self, path: str) -> bool:
        """`/r1/...`, the same without r1, the list of clients, signed documents, and our own interface."""
        plain = {"/listClients", documents.PATH, sharedparameters.PATH}
        return path in plain or path.startswith(("/r1/", f"/{membership_of(self._node).instance}/", *OWN))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
        own = scope["path"].startswith(OWN)
        accept = None if own else next((value for name, value in headers if name == "accept"), "")
        try:
            request = _request(scope, headers)
            if request.target.partition("?")[0] == documents.PATH:
                await _send(send, *await self._documents(request))
                return
            if request.target == sharedparameters.PATH:
                # For everyone: it is what the registry publishes, in other words.
                await _send(send, *self._whom_to_trust())
                return
            response, body = await (self._own if own else self._answer)(request, await _body(receive), accept)
        except (Refused, BadSignature) as error:
            response, body = self._failed(error, accept)
        except Exception as error:  # noqa: BLE001 - a system is told in the protocol's words
            _log.error("edge_failed", node=self._node.code, exc_info=error)
            response, body = self._failed(Refused("exchange.failed"), accept)
        await _send(send, response, body)

    def _whom_to_trust(self) -> tuple[Response, bytes]:
        """Written once for each configuration."""
        membership = membership_of(self._node)
        version = membership.configuration.version
        if self._trusted is None or self._trusted[0] != version:
            self._trusted = version, sharedparameters.answer(self._node, membership)
        return self._trusted[1]

    async def _answer(self, request: Request, body: bytes | None, accept: str | None) -> tuple[Response, bytes | None]:
        path = paths.read(request.target.partition("?")[0].encode())
        if path.segments == ("listClients",):
            await self._counter.check(request, network=self._network)
            return _json(meta.clients(membership_of(self._node), self._node.country.languages[0]))
        if path.segments[0] != "r1":
            request = msgspec.structs.replace(request, target=f"/r1{request.target}")
            path = paths.read(b"/r1" + path.raw)
        if len(path.segments) == 6 and path.segments[5] in meta.RESERVED:  # noqa: PLR2004 - X-Road's six parts
            return await self._about(request, path.segments)
        return await self._relay(request, body, accept)

    async def _own(self, request: Request, body: bytes | None, accept: str | None) -> tuple[Response, bytes | None]:
        """By the raw request line: what is encoded there is none of these."""
        if request.target.startswith(ASK):
            return await self._relay(request, body, accept)
        if request.target.startswith(messages.TELL):
            named = msgspec.structs.replace(request, target=own_target(membership_of(self._node), request.target))
            return await messages.take(self._node, await self._counter.letter(named, body, messages.name_of(request), network=self._network))
        client = await self._counter.check(request, network=self._network)
        if request.target.startswith(messages.PUBLISH):
            return await messages.publication(self._node, membership_of(self._node), client, request, body)
        if request.target.startswith(messages.STATES):
            return await messages.state(self._node, membership_of(self._node), client, request)
        raise Invalid("exchange.bad_path")

    async def _relay(self, request: Request, body: bytes | None, accept: str | None) -> tuple[Response, bytes | None]:
        """What a room refuses is its answer to X-Road's clients, and a problem to ours."""
        if accept is None:
            request = msgspec.structs.replace(request, target=own_target(membership_of(self._node), request.target))
        response, content = await self._counter.relay(request, body, network=self._network)
        refusal = refusal_of(response, content)
        if refusal and (accept is None or refusal.key.startswith(("exchange.", "kernel."))):
            limits = [(name, value) for name, value in response.headers if name.lower().startswith("ratelimit")]
            return self._failed(refusal, accept, limits, provider=True)
        return response, content

    async def _documents(self, request: Request) -> tuple[Response, bytes]:
        """Of the exchanges of the system's own subsystem. Refused in plain words."""
        forced = single = False
        try:
            wish = documents.read(request)
            forced, single = wish.force, len(wish.parts) == 1
            named = msgspec.structs.replace(request, headers=(*request.headers, ("x-road-client", wish.client)))
            client = await self._counter.check(named, network=self._network)
            return await documents.fetch(self._node, membership_of(self._node), client, wish)
        except (Refused, BadSignature) as error:
            return documents.refusal(error, forced=forced, single=single)

    async def _about(self, request: Request, segments: tuple[str, ...]) -> tuple[Response, bytes | None]:
        membership = membership_of(self._node)
        client: Client = await self._counter.check(request, network=self._network)
        provider, subsystem, what = segments[3:]
        if what == meta.OPENAPI:
            service = membership.service_at(provider, subsystem, meta.asked_service(request.target))
            address = f"/{'/'.join([*request.target.split('/')[1:6], service.code])}"
            return _json(await description_of(self._node, service, address, self._node.country.languages[0]))
        return _json(meta.methods(membership, provider, subsystem, client if what == meta.ALLOWED else None))

    def _failed(self, error: Refused | BadSignature, accept: str | None, limits: Headers = (), *, provider: bool = False) -> tuple[Response, bytes]:
        """`accept` is None in our own interface. `provider`: the other node said so."""
        refusal, trace = error if isinstance(error, Refused) else Refused("exchange.bad_signature"), str(ids.new_id())
        kind, texts = rules.type_of(refusal.key, provider=provider), self._node.part(Texts)
        _log.warning("system_refused", node=self._node.code, type=kind, key=refusal.key, detail=trace)
        if accept is None:
            return failures.problem(texts, refusal, trace, limits)
        return failures.x_road(texts, refusal, trace, accept, kind, camel=self._camel)


def _request(scope: Scope, headers: tuple[tuple[str, str], ...]) -> Request:
    raw, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
    if scope["method"] not in VERBS:
        raise Invalid("exchange.bad_header")
    return Request(scope["method"], (raw + (b"?" + query if query else b"")).decode("latin-1"), headers)


async def _body(receive: Receive) -> bytes | None:
    """None where there is none. Raises TooLarge."""
    parts, size, more = list[bytes](), 0, True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST:
            raise TooLarge("exchange.too_large")
        more = message.get("more_body", False)
    return b"".join(parts) or None


def _json(document: object) -> tuple[Response, bytes]:
    return Response(200, "OK", (("content-type", JSON),)), msgspec.json.encode(document)


async def _send(send: Send, response: Response, body: bytes | None) -> None:
    shown = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers if name.lower() not in rules.HIDDEN]
    shown.append((b"content-length", str(len(body or b"")).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": shown})
    await send({"type": "http.response.body", "body": body or b""})
