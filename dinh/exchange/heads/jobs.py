"""A round of the worker, every minute."""

from dinh.exchange.heads import showing
from dinh.kernel.node import Node


async def show_heads(node: Node) -> int:
    """0: until the next minute there is nothing more to do."""
    await showing.show_all(node)
    return 0
