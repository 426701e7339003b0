"""E-mail and SMS: written in the person's language, sent outside transactions, tried again."""

from dinh.notices.delivery.mail import Relay, Smtp, relay
from dinh.notices.delivery.rules import Parts, parts, unmarked
from dinh.notices.delivery.service import forget, send
from dinh.notices.delivery.sms import HttpSms

__all__ = ["HttpSms", "Parts", "Relay", "Smtp", "forget", "parts", "relay", "send", "unmarked"]
