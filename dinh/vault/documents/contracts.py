"""Documents of a person, and what becomes of them."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

import msgspec

from dinh.kernel.content import Text
from dinh.kernel.events import Event, Plain, Reference

Status = Literal["valid", "superseded"]
MOST_DAYS = 90


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """`replaces` is the case whose result this one takes the place of; `superseded_by` the document that took this one's."""

    id: UUID
    person: str
    kind: str
    title: Text
    issuer: str
    issued_on: date
    case_code: str
    file: UUID
    sha256: bytes
    status: Status
    deposited_at: datetime
    replaces: str | None = None
    superseded_by: UUID | None = None
    superseded_at: datetime | None = None

    @property
    def name(self) -> str:
        """Of its file, in plain letters."""
        kind = "".join(letter for letter in self.kind if letter.isascii() and (letter.isalnum() or letter in "-_"))
        return f"{kind or 'document'}-{self.issued_on}"


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What a person looks for among their documents; an empty field asks nothing."""

    text: str = ""
    kind: str = ""
    issuer: str = ""
    status: str = ""


class Reader(msgspec.Struct, frozen=True):
    """Who opens, as far as it may be known: a kind of device, and words that tell devices apart and are never stored."""

    kind: Literal["phone", "computer", "program"]
    marks: str


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """`share` is None when the person opened it. `what` is the page about the document, or its file. `device` counts readers from 1."""

    at: datetime
    what: Literal["page", "file"]
    reader: str
    device: int
    share: UUID | None = None


class Purpose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a document is shared; `other` asks for words of the person's own."""

    code: str
    title: Text
    other: bool = False


class VaultRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`vault.yaml`: the sheet's template, and what a share may be for and how long, with the legal basis of that."""

    sheet: str
    basis: str
    ref: str
    purposes: list[Purpose]
    days: list[Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)]]


class DocumentDeposited(Event, frozen=True):
    type: ClassVar[str] = "vault:document:deposited"
    person: Reference
    document: Reference
    kind: Plain
    sha256: Plain


class DocumentSuperseded(Event, frozen=True):
    type: ClassVar[str] = "vault:document:superseded"
    person: Reference
    document: Reference
    by: Reference


class ReplacementRefused(Event, frozen=True):
    """Another agency, or a result of another person, claimed a document's place: the claim alone is refused."""

    type: ClassVar[str] = "vault:replacement:refused"
    document: Reference
    by: Reference
    issuer: Plain


class DocumentOpened(Event, frozen=True):
    type: ClassVar[str] = "vault:document:opened"
    document: Reference
