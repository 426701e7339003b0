"""Questions and answers between members: signed, authorised, logged, and never inside a transaction."""

from dinh.exchange.gateway.contracts import Answer, Envelope, Kind, Question
from dinh.exchange.gateway.plugs import Consents, Handler, Handlers, Provider, Providers, Systems, Told
from dinh.exchange.gateway.rules import below, check_body, other, plain, read, stamp
from dinh.exchange.gateway.service import ask, check_refusal, exchange, refusal_of, send
from dinh.exchange.gateway.serving import Gateway
from dinh.exchange.gateway.subjects import numbers

__all__ = [
    "Answer", "Consents", "Envelope", "Gateway", "Handler", "Handlers", "Kind", "Provider", "Providers", "Question", "Systems", "Told", "ask",
    "below", "check_body", "check_refusal", "exchange", "numbers", "other", "plain", "read", "refusal_of", "send", "stamp",
]  # fmt: skip
