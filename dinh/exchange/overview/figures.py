"""A gauge that all processes of a node fill together: those of `monitoring` are of the process that answers."""

from prometheus_client import Gauge

from dinh.exchange.overview.rules import OUTCOMES, SIDES
from dinh.exchange.overview.service import last_minute
from dinh.kernel.metrics import REGISTRY
from dinh.kernel.node import Node

MINUTE = Gauge(
    "dinh_exchange_minute_calls", "Exchanges of the last whole minute, kept by all processes of the node", ["node", "side", "outcome"], registry=REGISTRY,
)  # fmt: skip


async def observe(node: Node) -> None:
    """Set just before it is read, from the database."""
    found = await last_minute(node)
    for side in SIDES:
        for outcome in OUTCOMES:
            MINUTE.labels(node.code, side, outcome).set(found.get((side, outcome), 0))
