"""Figures for the operator's monitoring, in Prometheus' text format at /metrics."""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()
REQUESTS = Counter("dinh_requests", "Answered requests", ["node", "method", "status"], registry=REGISTRY)
SECONDS = Histogram("dinh_request_seconds", "Time to answer", ["node"], registry=REGISTRY)
UNSEALED = Gauge(
    "dinh_events_unsealed", "Events that wait for their seal: more than a second's worth means that the worker is down", ["node"], registry=REGISTRY
)
REMEMBERED = 512


class Observers(list[Callable[[Any], Awaitable[None]]]):
    """Plugged in by app: what sets gauges of a node just before they are read."""


class Timing(msgspec.Struct, frozen=True):
    """How long one route took since this process started; the middle and the slow twentieth of its last answers. Milliseconds."""

    route: str
    count: int
    p50: float
    p95: float
    max: float


class Timings:
    """Of this process, by route template: an address itself may name a case or a person."""

    def __init__(self) -> None:
        self._recent: dict[tuple[str, str], deque[float]] = {}
        self._totals: dict[tuple[str, str], tuple[int, float]] = {}

    def record(self, node: str, route: str, seconds: float) -> None:
        key = (node, route)
        self._recent.setdefault(key, deque(maxlen=REMEMBERED)).append(seconds)
        count, longest = self._totals.get(key, (0, 0.0))
        self._totals[key] = (count + 1, max(longest, seconds))

    def slowest(self, node: str, limit: int) -> list[Timing]:
        found = [self._timing(key) for key in self._recent if key[0] == node]
        return sorted(found, key=lambda timing: -timing.p95)[:limit]

    def _timing(self, key: tuple[str, str]) -> Timing:
        recent, (count, longest) = sorted(self._recent[key]), self._totals[key]
        p50, p95 = recent[len(recent) // 2], recent[min(len(recent) - 1, int(len(recent) * 0.95))]
        return Timing(key[1], count, *(round(seconds * 1000, 1) for seconds in (p50, p95, longest)))


TIMINGS = Timings()


def exposition() -> bytes:
    return generate_latest(REGISTRY)
