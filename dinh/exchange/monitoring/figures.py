"""Figures of this process for /metrics. Labels are bounded: services that a right allows, sides, outcomes."""

from collections.abc import Iterable
from functools import cache

from prometheus_client import Counter, Gauge, Histogram

from dinh.exchange.links import Links
from dinh.kernel.metrics import REGISTRY
from dinh.kernel.node import Node

FAILED = 500
CALLS = Counter("dinh_exchange_calls", "Exchanges kept", ["node", "service", "side", "outcome"], registry=REGISTRY)
SECONDS = Histogram(
    "dinh_exchange_seconds", "From a question's arrival to its answer's leaving", ["node", "service", "side"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30), registry=REGISTRY,
)  # fmt: skip
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
BATCHES = Histogram("dinh_exchange_batch_messages", "Messages under one signature", ["node"], buckets=SIZES, registry=REGISTRY)
ROUNDS = Histogram("dinh_exchange_round_calls", "Exchanges kept in one transaction", ["node"], buckets=SIZES, registry=REGISTRY)
LINKS = Gauge("dinh_exchange_links_open", "Connections to other nodes that are open", ["node"], registry=REGISTRY)


@cache
def _of(node: str, service: str, side: str, outcome: str) -> tuple[Counter, Histogram]:
    """Looked up once: it is the dearest part of counting."""
    return CALLS.labels(node, service, side, outcome), SECONDS.labels(node, service, side)


def count(node: str, calls: Iterable[tuple[str, str, int, str, float]], batches: Iterable[int]) -> None:
    """After a round: of each exchange its service (empty where no right allowed it), side, status, refusal and seconds; of each batch its messages."""
    kept = list(calls)
    ROUNDS.labels(node).observe(len(kept))
    for service, side, status, refusal, seconds in kept:
        outcome = "refused" if refusal else "failed" if status >= FAILED else "answered"
        number, duration = _of(node, service or "-", side, outcome)
        number.inc()
        duration.observe(seconds)
    for size in batches:
        BATCHES.labels(node).observe(size)


async def observe(node: Node) -> None:
    LINKS.labels(node.code).set(sum(link.channel is not None for link in node.part(Links).values()))
