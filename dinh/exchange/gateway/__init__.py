"""Questions and answers between members: signed, authorised, logged, and never inside a transaction."""

from dinh.exchange.gateway.contracts import Answer, Asked, Message, Packet, Question
from dinh.exchange.gateway.plugs import Consents, Handler, Handlers, MemberKeys, Provider, Providers, Transport, Wire
from dinh.exchange.gateway.rules import check_reply
from dinh.exchange.gateway.service import ask, open_message, receive, seal_message

__all__ = [
    "Answer", "Asked", "Consents", "Handler", "Handlers", "MemberKeys", "Message", "Packet", "Provider", "Providers", "Question", "Transport", "Wire",
    "ask", "check_reply", "open_message", "receive", "seal_message",
]  # fmt: skip
