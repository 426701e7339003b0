"""Messages that must arrive: an outbox in the sender's transaction, delivered at least once."""

from dinh.exchange.delivery.contracts import Told
from dinh.exchange.delivery.service import deliver, tell

__all__ = ["Told", "deliver", "tell"]
