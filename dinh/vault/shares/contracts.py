"""A document lent by its person: for whom, why, until when, how often."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from dinh.kernel.events import Count, Event, Moment, Plain, Reference
from dinh.trust import Finding
from dinh.vault.documents import Document

State = Literal["open", "revoked", "expired", "used_up"]


class Words(msgspec.Struct, frozen=True):
    """What the person typed: encrypted at rest, and never in an event."""

    recipient: str
    other: str = ""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A share as asked for. `views` limits how often the file may be opened."""

    purpose: str
    words: Words
    days: int
    views: int | None = None


class Share(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    document: UUID
    person: str
    purpose: str
    key: UUID
    words: bytes
    token_hash: bytes
    made_at: datetime
    until: datetime
    views: int | None = None
    used: int = 0
    revoked_at: datetime | None = None


class Lent(msgspec.Struct, frozen=True, kw_only=True):
    """A share as its person sees it. `link` is None once it no longer opens."""

    share: Share
    state: State
    words: Words
    document: Document
    link: str | None = None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder of a link is given. `findings` is None when a signature does not hold."""

    share: Share
    document: Document
    pdf: bytes
    words: Words
    findings: list[Finding] | None = None


class DocumentShared(Event, frozen=True):
    type: ClassVar[str] = "vault:document:shared"
    person: Reference
    document: Reference
    share: Reference
    purpose: Plain
    until: Moment
    views: Count = 0


class ShareOpened(Event, frozen=True):
    """`what` is the page about the document, or its file."""

    type: ClassVar[str] = "vault:share:opened"
    person: Reference
    document: Reference
    share: Reference
    what: Plain
    reader: Plain


class ShareRevoked(Event, frozen=True):
    type: ClassVar[str] = "vault:share:revoked"
    person: Reference
    document: Reference
    share: Reference
