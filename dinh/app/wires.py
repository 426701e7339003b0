"""How the nodes of this process reach others, and are reached: by TLS, also on one machine."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dinh.exchange import Gateway, Links, Sandbox, Systems, Wire, membership_of
from dinh.exchange.links.sockets import Contexts, Listener, Sockets
from dinh.exchange.systems.outward import HttpSystems
from dinh.kernel import log
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings

LOOK_PAUSE = 10.0
_log = log.get("app")


def tls_folder(node: Node) -> Path:
    """Key, certificate and trusted roots of a node, as trust writes them."""
    return node.home / "tls"


@asynccontextmanager
async def joined(settings: Settings, nodes: dict[str, Node], *, listen: bool) -> AsyncIterator[None]:
    """Until the end of the block the nodes ask others through the network; with `listen` they also answer. Raises OSError when the port is taken."""
    secured = {node.code: Contexts(tls_folder(node)) for node in nodes.values()}
    opened = [_join(node, secured[node.code]) for node in nodes.values()]
    outward = HttpSystems()
    for node in nodes.values():
        node.plug(Systems, Sandbox(node, outward) if node.code == node.country.registry.code else outward)
    listener = Listener({node.code: (node, Gateway(node)) for node in nodes.values()}, _server(nodes, secured)) if listen else None
    watch = asyncio.create_task(_watch(secured))
    try:
        if listener:
            await listener.start(settings.address, settings.links_port)
        yield
    finally:
        watch.cancel()
        if listener:
            await listener.close()
        for sockets in opened:
            await sockets.close()
        await outward.close()


async def _watch(secured: dict[str, Contexts]) -> None:
    """What another process renewed is used here within LOOK_PAUSE seconds."""
    while True:
        await asyncio.sleep(LOOK_PAUSE)
        for code, contexts in secured.items():
            try:
                if contexts.refresh():
                    _log.info("tls_renewed", node=code)
            except OSError as error:
                _log.warning("tls_not_renewed", node=code, reason=str(error))


def _join(node: Node, secured: Contexts) -> Sockets:
    def address_of(code: str) -> tuple[str, frozenset[str]]:
        found = membership_of(node).check_server(code)
        return found.url, frozenset(filter(None, (found.tls, found.tls_before)))

    sockets = Sockets(node, secured.client, address_of)
    node.plug(Wire, Wire(sockets))
    node.plug(Links, Links(node))
    return sockets


def _server(nodes: dict[str, Node], secured: dict[str, Contexts]) -> ssl.SSLContext:
    """Each node shows its own certificate, chosen by the name that the caller asks for."""
    contexts = {node.plan.host: secured[node.code].server for node in nodes.values()}
    first = next(iter(contexts.values()))

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        connection.context = contexts.get(name or "", first)

    first.sni_callback = choose  # type: ignore[assignment]
    return first
