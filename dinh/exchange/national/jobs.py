"""A round of the worker of the registry's node."""

from dinh.exchange.national import service
from dinh.kernel.node import Node


async def gather_figures(node: Node) -> int:
    """1 while a node has more to tell."""
    return int(await service.gather(node))
