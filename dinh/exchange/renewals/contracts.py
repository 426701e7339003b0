"""What a node asks for in place of a certificate that ends, and what it is answered."""

from datetime import datetime
from typing import Annotated, ClassVar

import msgspec

from dinh.kernel.events import Event, Plain

RENEWAL = "renewal"
"""The kind of letter, and what it is attested for."""
Pem = Annotated[str, msgspec.Meta(min_length=1, max_length=16_384)]


class Renewal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`handle` is `node.<node>`, `tls.<node>` or `member.<operator's code>`; `request` is in PEM (PKCS #10), signed by the key that it is for."""

    node: Annotated[str, msgspec.Meta(max_length=255)]
    handle: Annotated[str, msgspec.Meta(max_length=300)]
    request: Pem
    at: Annotated[datetime, msgspec.Meta(tz=True)]


class Renewed(msgspec.Struct, frozen=True):
    """In PEM; it proves itself. None: an operator has to answer."""

    certificate: Pem | None


class Pending(msgspec.Struct, frozen=True):
    """Waits for an operator of the registry."""

    node: str
    handle: str
    request: str
    asked_at: datetime


class RenewalAsked(Event, frozen=True):
    type: ClassVar[str] = "exchange:renewal:asked"
    node: Plain
    handle: Plain


class CertificateIssued(Event, frozen=True):
    """In answer to what was asked."""

    type: ClassVar[str] = "exchange:renewal:answered"
    node: Plain
    handle: Plain
