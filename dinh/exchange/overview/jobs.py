"""A round of the worker."""

from dinh.exchange.overview import service
from dinh.kernel.node import Node


async def count_calls(node: Node) -> int:
    """1 while slices wait to be counted."""
    return int(await service.count_next(node))
