"""Figures for the operator's monitoring, in Prometheus' text format at /metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()
REQUESTS = Counter("dinh_requests", "Answered requests", ["node", "method", "status"], registry=REGISTRY)
SECONDS = Histogram("dinh_request_seconds", "Time to answer", ["node"], registry=REGISTRY)
UNSEALED = Gauge(
    "dinh_events_unsealed", "Events that wait for their seal: more than a second's worth means that the worker is down", ["node"], registry=REGISTRY
)


def exposition() -> bytes:
    return generate_latest(REGISTRY)
