"""Messages that must arrive: an outbox in the sender's transaction, delivered at least once."""

from dinh.exchange.delivery.contracts import Outbox, Told
from dinh.exchange.delivery.service import deliver, outbox_of, retry_now, tell, undelivered

__all__ = ["Outbox", "Told", "deliver", "outbox_of", "retry_now", "tell", "undelivered"]
