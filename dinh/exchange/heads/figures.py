"""For /metrics: histories that do not agree, each a reason for an alarm."""

from prometheus_client import Gauge

from dinh.exchange.heads.service import WHO, doubts_of
from dinh.kernel.metrics import REGISTRY
from dinh.kernel.node import Node

CONTRADICTIONS = Gauge("dinh_exchange_contradictions", "Nodes whose heads contradict each other, not settled yet", ["node"], registry=REGISTRY)
DISPUTES = Gauge("dinh_exchange_disputes", "Nodes that refuse this node's heads", ["node"], registry=REGISTRY)
UNWITNESSED = Gauge(
    "dinh_exchange_unwitnessed", "Nodes whose newest head came without a fresh countersignature of the witness", ["node"], registry=REGISTRY
)


async def observe(node: Node) -> None:
    if "exchange" in node.plan.rooms:
        async with node.read(WHO) as tx:
            doubts = await doubts_of(tx)
        CONTRADICTIONS.labels(node.code).set(len(doubts.contradicted))
        DISPUTES.labels(node.code).set(len(doubts.disputed))
        UNWITNESSED.labels(node.code).set(len(doubts.unwitnessed))
