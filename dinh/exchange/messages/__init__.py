"""The bytes of a message as X-Road's REST protocol writes them."""

from dinh.exchange.messages.contracts import Headers, Request, Response, Unreadable
from dinh.exchange.messages.rules import DROPPED, VERBS, decode, encode_request, encode_response, kept, request_hash

__all__ = [
    "DROPPED", "VERBS", "Headers", "Request", "Response", "Unreadable", "decode", "encode_request", "encode_response", "kept", "request_hash",
]  # fmt: skip
