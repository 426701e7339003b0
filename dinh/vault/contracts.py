"""Documents of a person, and what becomes of them."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from dinh.kernel.content import Text
from dinh.kernel.events import Event, Plain, Reference


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is `valid`, or `superseded` once another took its place."""

    id: UUID
    person: str
    kind: str
    title: Text
    issuer: str
    issued_on: date
    case_code: str
    file: UUID
    sha256: bytes
    status: str
    deposited_at: datetime


class PublicFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What anyone with the document's link may know: nothing about a person."""

    title: Text
    issuer: str
    issued_on: date
    status: str
    signatures: list[str]


class DocumentDeposited(Event, frozen=True):
    type: ClassVar[str] = "vault:document:deposited"
    person: Reference
    document: Reference
    kind: Plain
    sha256: Plain


class DocumentOpened(Event, frozen=True):
    type: ClassVar[str] = "vault:document:opened"
    document: Reference
