"""Messages that wait: taken by one deliverer at a time, and worked side by side, so that whoever is slow keeps only its own waiting."""

from dinh.exchange.queues.contracts import Queue, Waiting
from dinh.exchange.queues.rules import wait_after
from dinh.exchange.queues.service import WIDTH, Lanes, work_off
from dinh.exchange.queues.store import due_now, failed, waiting

__all__ = ["WIDTH", "Lanes", "Queue", "Waiting", "due_now", "failed", "wait_after", "waiting", "work_off"]
