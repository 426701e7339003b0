"""How the nodes of this process reach others, and are reached: by TLS, also on one machine."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dinh.exchange import Gateway, Links, Systems, Wire, membership_of
from dinh.exchange.links.sockets import Listener, Sockets, client_context, server_context
from dinh.exchange.systems.outward import HttpSystems
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings


def tls_folder(node: Node) -> Path:
    """Key, certificate and trusted roots of a node, as trust writes them."""
    return node.home / "tls"


@asynccontextmanager
async def joined(settings: Settings, nodes: dict[str, Node], *, listen: bool) -> AsyncIterator[None]:
    """Until the end of the block the nodes ask others through the network; with `listen` they also answer. Raises OSError when the port is taken."""
    opened = [_join(node) for node in nodes.values()]
    outward = HttpSystems()
    for node in nodes.values():
        node.plug(Systems, outward)
    listener = Listener({node.code: (node, Gateway(node)) for node in nodes.values()}, _server(nodes)) if listen else None
    try:
        if listener:
            await listener.start(settings.address, settings.links_port)
        yield
    finally:
        if listener:
            await listener.close()
        for sockets in opened:
            await sockets.close()
        await outward.close()


def _join(node: Node) -> Sockets:
    def address_of(code: str) -> str:
        return membership_of(node).check_server(code).url

    sockets = Sockets(node, client_context(tls_folder(node)), address_of)
    node.plug(Wire, Wire(sockets))
    node.plug(Links, Links(node))
    return sockets


def _server(nodes: dict[str, Node]) -> ssl.SSLContext:
    """Each node shows its own certificate, chosen by the name that the caller asks for."""
    contexts = {node.plan.host: server_context(tls_folder(node)) for node in nodes.values()}
    first = next(iter(contexts.values()))

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        connection.context = contexts.get(name or "", first)

    first.sni_callback = choose  # type: ignore[assignment]
    return first
