"""Every route of every node says who may call it, proves where a posted form comes from, is asynchronous and has an owner."""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from litestar import Litestar, get, post
from litestar.handlers import HTTPRouteHandler

from dinh.app.serve import build
from dinh.kernel import country
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.kernel.web import routes
from tests.walls.source import COUNTRIES, ROOMS, files, listed, name_of, parse, walk

# POST without a form token of ours, each with the proof that stands for it.
OWN_PROOF = {
    "/ocsp": "RFC 6960: asks whether a certificate stands, and changes nothing",
    "/tsa": "RFC 3161: asks for the time, and changes nothing",
    "/token": "OpenID Connect: the client signs an assertion (private_key_jwt)",
    "/notices/leave/{token:str}": "RFC 8058: whoever holds the link of a message may end such messages, and nothing else",
}
# The first part of an address, and the room that answers there. `/api/<room>` speaks for itself.
OWNERS = {
    ".well-known": "identity", "authorize": "identity", "jwks": "identity", "logout": "identity", "session": "identity", "sign-in": "identity",
    "mandates": "identity", "token": "identity", "userinfo": "identity",
    "applications": "cases", "cases": "cases", "command": "cases", "desk": "cases", "services": "cases",
    "documents": "vault", "shared": "vault", "verify": "vault",
    "consents": "exchange", "developers": "exchange", "my-data": "exchange", "ocsp": "exchange", "open": "exchange", "tsa": "exchange",
    "figures": "indicators",
    "notices": "notices",
    "registers": "registers",
    "": "portal", "life": "portal", "search": "portal",
    "operator": "app", "data-register": "app",
    "assets": "kernel", "healthz": "kernel", "metrics": "kernel", "openapi.json": "kernel",
}  # fmt: skip
# A node without a portal has a front page too; the operator's page of the exchange is made where its tables are.
ALSO = {
    "/": "app", "/operator/exchange": "exchange", "/operator/heads": "exchange", "/operator/heads/{contradiction:uuid}/proof": "exchange",
    "/operator/heads/{contradiction:uuid}/settle": "exchange",
}  # fmt: skip
DECORATORS = {"page", "action", "machine_page", "api_get", "api_post"}
# Litestar's own OpenAPI pages: kernel.web.server.Nodes answers 404 for them.
HIDDEN = "/-"
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
# Of the tests below.
HERE = __name__


@cache
def applications() -> dict[str, Litestar]:
    """Each node's application, without database, keys and words: building one needs only the plan."""
    settings = Settings()
    known = country.load(settings.content, settings.country)
    return {plan.code: build(Node(plan, known, settings, None, None)) for plan in known.nodes.values()}


def handlers_of(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if handler.http_methods != {"OPTIONS"} and not route.path.startswith(HIDDEN):
                yield route.path, handler


@cache
def mounted() -> list[tuple[str, str, HTTPRouteHandler]]:
    return [(node, path, handler) for node, app in applications().items() for path, handler in handlers_of(app)]


def audience(handler: HTTPRouteHandler) -> list[str]:
    """The names of the guards that say who may call."""
    return [guard.__name__ for guard in handler.resolve_guards() if guard.__qualname__ == routes.public.__qualname__ or _made_by_us(guard)]


def _made_by_us(guard: Any) -> bool:
    return getattr(guard, "__module__", "") == routes.__name__ and getattr(guard, "__code__", None) is routes.public.__code__


def faults(path: str, handler: HTTPRouteHandler) -> list[str]:
    """What is wrong with one route, in words."""
    found, guards = [], handler.resolve_guards()
    if len(audience(handler)) != 1:
        found.append("needs exactly one guard of dinh.kernel.web.routes")
    if handler.http_methods & UNSAFE and path not in OWN_PROOF and routes.own_form not in guards and routes.own_request not in guards:
        found.append("changes something, and does not check where the request comes from")
    if not inspect.iscoroutinefunction(handler.fn):
        found.append("must be `async def`: a plain function costs a thread a call")
    if not owned(path, handler.fn.__module__):
        found.append(f"is answered by {handler.fn.__module__}, which does not own the address")
    return found


def owned(path: str, module: str) -> bool:
    room = module.split(".")[1] if module.startswith("dinh.") else ""
    parts = path.strip("/").split("/")
    if parts[0] == "api":
        return len(parts) > 3 and parts[1] == room and parts[2].startswith("v")
    return room in {OWNERS.get(parts[0]), ALSO.get(path)}


def declared(tree: ast.Module) -> set[str]:
    """Functions that are declared as routes."""
    found = (node for node in walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef))
    return {node.name for node in found if any(_names_a_route(decorator) for decorator in node.decorator_list)}


def _names_a_route(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id in DECORATORS


# The house


def test_every_route_is_in_order() -> None:
    found = {f"{node} {path} {handler.fn.__name__}": wrong for node, path, handler in mounted() if (wrong := faults(path, handler))}
    assert not found, listed(found)


def test_every_node_answers() -> None:
    assert {node for node, *_ in mounted()} == {path.stem for path in files("nodes/*.yaml", COUNTRIES / Settings().country)}


def test_every_declared_route_is_mounted_somewhere() -> None:
    known = {(handler.fn.__module__, handler.fn.__name__) for _, _, handler in mounted()}
    written = {(name_of(path).removesuffix(".py").replace("/", "."), name) for path in files("*.py") for name in declared(parse(path))}
    assert written - known == set()


def test_addresses_belong_to_rooms_that_exist() -> None:
    assert set(OWNERS.values()) | set(ALSO.values()) <= set(ROOMS)


def test_no_address_or_exception_is_left_over() -> None:
    paths = {path for _, path, _ in mounted()}
    assert {path.strip("/").split("/")[0] for path in paths} >= set(OWNERS)
    assert paths >= {*OWN_PROOF, *ALSO}


@pytest.mark.parametrize("node", sorted(path.stem for path in files("nodes/*.yaml", COUNTRIES / Settings().country)))
def test_openapi_lists_the_machine_api_and_nothing_else(node: str) -> None:
    app = applications()[node]
    listed = set(app.openapi_schema.to_schema()["paths"])
    api = {path for path, _ in handlers_of(app) if path.startswith("/api/")}
    assert {path for path in listed if not path.startswith("/api/")} == set()
    assert len(listed) == len(api)


def test_some_node_has_a_machine_api() -> None:
    assert any(path.startswith("/api/") for _, path, _ in mounted())


def test_handlers_are_declared_with_our_decorators_only() -> None:
    """Litestar's own would make a route without a guard."""
    users = {name_of(path) for path in files("*.py") for node in walk(parse(path)) if isinstance(node, ast.ImportFrom) and _takes_routes(node)}
    assert users == {"dinh/kernel/web/routes.py"}


def _takes_routes(node: ast.ImportFrom) -> bool:
    raw = {"get", "post", "put", "patch", "delete", "head", "route", "asgi", "websocket", "Controller", "Router"}
    return (node.module or "").startswith("litestar") and any(name.name in raw for name in node.names)


# Their bite


@get("/desk/unguarded")
async def unguarded() -> None: ...


@post("/desk/forged", guards=[routes.officer])
async def forged() -> None: ...


@get("/desk/slow", guards=[routes.public], sync_to_thread=False)
def slow() -> None: ...


@get("/desk/two", guards=[routes.public, routes.officer])
async def two() -> None: ...


@post("/desk/form", guards=[routes.own_form])
async def form_only() -> None: ...


@post("/desk/fine", guards=[routes.duty("handle"), routes.own_form])
async def fine() -> None: ...


fine.fn.__module__ = "dinh.cases.workplace.pages"


@pytest.mark.parametrize(
    ("handler", "word"),
    [(unguarded, "guard"), (two, "guard"), (form_only, "guard"), (forged, "comes from"), (slow, "async"), (unguarded, "own the address")],
)
def test_bite(handler: HTTPRouteHandler, word: str) -> None:
    path, found = next((path, found) for path, found in handlers_of(Litestar([handler], openapi_config=None)))
    assert any(word in fault for fault in faults(path, found))


def test_bite_a_good_route_passes() -> None:
    path, found = next(handlers_of(Litestar([fine], openapi_config=None)))
    assert faults(path, found) == []


@pytest.mark.parametrize(
    ("path", "module", "right"),
    [
        ("/desk/{code}", "dinh.cases.workplace.pages", True),
        ("/desk", "dinh.vault.pages", False),
        ("/new", "dinh.vault.pages", False),
        ("/api/cases/v1/cases", "dinh.cases.workplace.http", True),
        ("/api/vault/v1/documents", "dinh.cases.workplace.http", False),
        ("/api/cases", "dinh.cases.workplace.http", False),
        ("/", "dinh.app.serve", True),
        ("/", "dinh.cases.pages", False),
        ("/desk", HERE, False),
    ],
)
def test_bite_ownership(path: str, module: str, right: bool) -> None:
    assert owned(path, module) is right


def test_bite_forgotten_route() -> None:
    assert declared(ast.parse('@page("/a", public)\nasync def a(): ...\n@cache\ndef b(): ...')) == {"a"}
