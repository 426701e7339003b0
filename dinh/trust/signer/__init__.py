"""Private keys live in a process of their own; everyone else holds handles."""

from dinh.trust.signer.client import SignerClient, SignerError, SignerRefused, SignerUnavailable, TicketRefused, UnknownKey
from dinh.trust.signer.tickets import TYPE as TICKET_TYPE
from dinh.trust.signer.tickets import Claims as TicketClaims
from dinh.trust.signer.wire import ALGORITHM, HashName, Kind, Signature

__all__ = [
    "ALGORITHM", "TICKET_TYPE", "HashName", "Kind", "Signature", "SignerClient", "SignerError", "SignerRefused", "SignerUnavailable", "TicketClaims", "TicketRefused",
    "UnknownKey",
]  # fmt: skip
