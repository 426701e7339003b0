"""What a person is told: in the application, by e-mail and by SMS."""

from dinh.notices.contacts import routes as _contact_routes
from dinh.notices.definitions import Namings, check, definitions_of
from dinh.notices.delivery import HttpSms, Smtp, forget, relay, send
from dinh.notices.inbox import read_spine, unread
from dinh.notices.inbox import routes as _inbox_routes
from dinh.notices.outbox import Attempt, Letter, MailSender, NotSent, Senders, SmsSender

routes = [*_inbox_routes, *_contact_routes]

__all__ = [
    "Attempt",
    "HttpSms",
    "Letter",
    "MailSender",
    "Namings",
    "NotSent",
    "Senders",
    "SmsSender",
    "Smtp",
    "check",
    "definitions_of",
    "forget",
    "read_spine",
    "relay",
    "routes",
    "send",
    "unread",
]  # fmt: skip
