"""Who answers, and with what."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec
from cryptography import x509

from dinh.trust.authority import Revoked
from dinh.trust.signer import SignerClient

State = Literal["good", "unknown"] | Revoked
"""Of one serial number. `unknown` is a certificate that the authority never issued."""


class Responder(msgspec.Struct, frozen=True):
    """Answers for certificates of `issuer`, with the key of `handle`, whose certificate the issuer gave the extended usage of OCSP signing."""

    client: SignerClient
    handle: str
    certificate: x509.Certificate
    issuer: x509.Certificate
    state: Callable[[int], Awaitable[State]]
    freshness: dt.timedelta = dt.timedelta(hours=1)
    """From thisUpdate to nextUpdate."""
