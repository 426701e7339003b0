"""What the operator of a node sees of its exchanges at a glance: `/operator/exchange`."""

from dinh.exchange.overview.figures import observe
from dinh.exchange.overview.jobs import count_calls
from dinh.exchange.overview.pages import routes

__all__ = ["count_calls", "observe", "routes"]
