"""What leaves by e-mail and SMS: written with the change that causes it, sent afterwards."""

from dinh.notices.outbox.contracts import (
    Attempt,
    Delivery,
    DeliveryGivenUp,
    DeliverySent,
    Letter,
    MailSender,
    NotSent,
    Outcome,
    Senders,
    SmsSender,
)
from dinh.notices.outbox.service import cancel, forget, lease, put_out, settle

__all__ = [
    "Attempt", "Delivery", "DeliveryGivenUp", "DeliverySent", "Letter", "MailSender", "NotSent", "Outcome", "Senders", "SmsSender",
    "cancel", "forget", "lease", "put_out", "settle",
]  # fmt: skip
