"""A round of the worker."""

from dinh.exchange.statistics import service
from dinh.kernel.node import Node


async def count_hours(node: Node) -> int:
    """1 while hours wait to be counted."""
    return int(await service.count_next(node))
