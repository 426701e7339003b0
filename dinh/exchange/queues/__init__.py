"""Messages that wait: taken by one deliverer at a time, and worked side by side, so that whoever is slow keeps only its own waiting."""

from dinh.exchange.queues.contracts import Queue
from dinh.exchange.queues.service import WIDTH, Lanes
from dinh.exchange.queues.store import lease

__all__ = ["WIDTH", "Lanes", "Queue", "lease"]
