"""One Litestar application per node, told apart by host name, in one process."""

import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import msgspec
import structlog
from litestar import Litestar, Response
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import FromPath

from dinh.kernel import events, ids, metrics
from dinh.kernel.errors import Unavailable
from dinh.kernel.node import Node
from dinh.kernel.web import problems
from dinh.kernel.web.assets import Assets
from dinh.kernel.web.routes import page, public
from dinh.kernel.web.visit import VISITOR, Visit

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
METHODS = frozenset({"GET", "HEAD", "POST"})
START_FAILED = {"type": "lifespan.startup.failed"}


class Mount(Protocol):
    """An ASGI application for addresses that are another protocol's, beside the framework's routes."""

    def takes(self, path: str) -> bool: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class Mounts(list[Mount]):
    """Plugged in by app."""


def application(node: Node, handlers: Sequence[HTTPRouteHandler]) -> Litestar:
    return Litestar(
        route_handlers=[asset, healthz, exposition, openapi, *handlers],
        request_class=Visit,
        state=State({"node": node}),
        exception_handlers={Exception: problems.answer},  # type: ignore[dict-item]  # our request class
        after_exception=[problems.record],
        openapi_config=OpenAPIConfig(
            title=f"Dinh: {node.code}", version="1", path="/-", render_plugins=[JsonRenderPlugin()],
            operation_id_creator=lambda handler, _method, _parts: handler.handler_name,
        ),
        logging_config=None,
    )  # fmt: skip


@page("/healthz", public)
async def healthz(request: Visit) -> Response[dict[str, str]]:
    """200 when the database answers, else 503."""
    try:
        async with request.node.read(request.who) as tx:
            await tx.value("SELECT 1")
    except Unavailable:
        return Response({"status": "down", "part": "database"}, status_code=503)
    return Response({"status": "up"})


@page("/metrics", public)
async def exposition(request: Visit) -> Response[bytes]:
    """For the operator's own network: a proxy keeps it from the public one (SECURITY.md)."""
    async with request.node.read(request.who) as tx:
        metrics.UNSEALED.labels(request.node.code).set((await events.sealing(tx)).unsealed)
    for observe in request.node.part(metrics.Observers):
        await observe(request.node)
    return Response(metrics.exposition(), media_type="text/plain; version=0.0.4")


@page("/openapi.json", public)
async def openapi(request: Visit) -> Response[bytes]:
    return Response(msgspec.json.encode(request.app.openapi_schema.to_schema()), media_type="application/json")


@page("/assets/{name:str}", public)
async def asset(request: Visit, name: FromPath[str]) -> Response[bytes]:
    found = request.node.part(Assets).get(name)
    headers = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
    if found.packed and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.packed, media_type=found.media_type, headers=headers | {"content-encoding": "gzip"})
    return Response(found.content, media_type=found.media_type, headers=headers)


class Nodes:
    """The ASGI application of a process: dispatches by host, sets what every answer carries, and measures."""

    def __init__(self, apps: dict[str, Litestar], start: Callable[[], contextlib.AbstractAsyncContextManager[None]]) -> None:
        self._apps = apps
        self._start = start
        origins = " ".join(app.state.node.origin for app in apps.values())
        self._headers = _security_headers(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = _header(scope, b"host").rsplit(":", 1)[0].lower()
        app = self._apps.get(host)
        if app is None or scope["path"].startswith("/-"):
            await _plain(send, 404 if app else 421)
            return
        state = scope.setdefault("state", {})
        state["trace"] = trace = _trace(_header(scope, b"traceparent"))
        structlog.contextvars.bind_contextvars(trace=trace)
        if VISITOR not in _header(scope, b"cookie"):
            state["visitor"] = ids.token()
        mount = next((one for one in app.state.node.part(Mounts) if one.takes(scope["path"])), None)
        if scope["method"] == "HEAD" and mount is None:
            scope, state["head"] = {**scope, "method": "GET"}, True
        measured = self._measured(send, app.state.node.code, scope, trace)
        await (mount or app)(scope, receive, measured)  # type: ignore[arg-type]  # plain ASGI

    def _measured(self, send: Send, node: str, scope: Scope, trace: str) -> Send:
        started, method = time.perf_counter(), scope["method"]

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                metrics.REQUESTS.labels(node, method if method in METHODS else "other", str(message["status"])).inc()
                seconds = time.perf_counter() - started
                metrics.SECONDS.labels(node).observe(seconds)
                # Set by the framework for routes that exist.
                if scope.get("path_template"):
                    metrics.TIMINGS.record(node, f"{method} {scope['path_template']}", seconds)
                names = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *((k, v) for k, v in self._headers if k not in names), (b"x-trace", trace.encode())]
            await send(message)

        return sending

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with contextlib.AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._start())
                for app in self._apps.values():
                    await stack.enter_async_context(app.lifespan())
            except BaseException as error:
                await send({**START_FAILED, "message": repr(error)})
                raise
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def _security_headers(origins: str) -> list[tuple[bytes, bytes]]:
    """Forms may lead to the other nodes: signing in redirects a posted form to the host that asked for it."""
    policy = (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; script-src 'self'; frame-src 'self'; "
        f"form-action 'self' {origins}; base-uri 'none'; frame-ancestors 'none'"
    )
    return [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"cache-control", b"no-store"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
        (b"cross-origin-opener-policy", b"same-origin"),
    ]


def _header(scope: Scope, name: bytes) -> str:
    return next((value for key, value in scope["headers"] if key == name), b"").decode("latin-1")


def _trace(traceparent: str) -> str:
    """W3C trace-context's trace id, or a new one."""
    parts = traceparent.split("-")
    if len(parts) == 4 and len(parts[1]) == 32 and all(letter in "0123456789abcdef" for letter in parts[1]):  # noqa: PLR2004 - W3C layout
        return parts[1]
    return os.urandom(16).hex()


async def _plain(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b""})
