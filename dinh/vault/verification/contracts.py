"""What anyone may know of a document, and the sheet that proves it."""

from datetime import date, datetime
from typing import ClassVar

import msgspec

from dinh.kernel.content import Text
from dinh.kernel.events import Event, Reference


class PublicFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What anyone with the document's link may know: nothing about a person."""

    title: Text
    issuer: str
    issued_on: date
    status: str
    signatures: list[str]
    superseded_at: datetime | None = None


class SheetIssued(Event, frozen=True):
    """A verification sheet was made: the document's signatures held then."""

    type: ClassVar[str] = "vault:sheet:issued"
    document: Reference
