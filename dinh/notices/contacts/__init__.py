"""Where a person wants to be told, besides the application."""

from dinh.notices.contacts.contracts import (
    ContactBounced,
    ContactChosen,
    ContactConfirmed,
    ContactProposed,
    ContactRefused,
    ContactRemoved,
    Destination,
    LanguageChosen,
)
from dinh.notices.contacts.pages import routes
from dinh.notices.contacts.rules import email, phone
from dinh.notices.contacts.service import destination, forget, mark_bounced, open_for

__all__ = [
    "ContactBounced", "ContactChosen", "ContactConfirmed", "ContactProposed", "ContactRefused", "ContactRemoved", "Destination", "LanguageChosen",
    "destination", "email", "forget", "mark_bounced", "open_for", "phone", "routes",
]  # fmt: skip
