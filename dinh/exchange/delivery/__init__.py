"""Messages that must arrive: an outbox in the sender's transaction, delivered at least once."""

from dinh.exchange.delivery.contracts import Dead, Letter, Message, MessagesDisposed, Outbox, Reason, Receipt, Told
from dinh.exchange.delivery.disposal import holdings
from dinh.exchange.delivery.plugs import GivenUp
from dinh.exchange.delivery.service import (
    RECEIPT,
    dead_of,
    deliver,
    give_up,
    message_of,
    month_key,
    outbox_of,
    post,
    retry_now,
    revive,
    revive_all,
    take_receipt,
    tell,
    undelivered,
    waiting_of,
)

__all__ = [
    "RECEIPT", "Dead", "GivenUp", "Letter", "Message", "MessagesDisposed", "Outbox", "Reason", "Receipt", "Told", "dead_of", "deliver", "give_up",
    "holdings", "message_of", "month_key", "outbox_of", "post", "retry_now", "revive", "revive_all", "take_receipt", "tell", "undelivered",
    "waiting_of",
]  # fmt: skip
