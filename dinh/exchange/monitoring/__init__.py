"""What a node's operator can see of its exchanges: records, figures, health."""

from dinh.exchange.monitoring.figures import count, observe
from dinh.exchange.monitoring.http import routes
from dinh.exchange.monitoring.service import Pulse

__all__ = ["Pulse", "count", "observe", "routes"]
