"""Slips: what the agency tells an applicant in the form that the law names, and the sheet that page and PDF are made from."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from dinh.cases.procedures import Procedure, SlipKind


class SlipContent(msgspec.Struct, frozen=True):
    """Encrypted where it is kept. `fields` are names of the form's fields that are asked for; `before` and `on` are days that were and are promised."""

    reason: str = ""
    reference: str = ""
    fields: list[str] = []
    before: date | None = None
    on: date | None = None


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """`serial` counts slips of one kind in one case; `post` issued it."""

    id: UUID
    kind: SlipKind
    serial: int
    issued_at: datetime
    post: str
    content: SlipContent

    @property
    def name(self) -> str:
        """As it stands in addresses."""
        return f"{self.kind}-{self.serial}"


class CaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What every slip says about its case."""

    code: str
    agency: str
    unit: str
    procedure: Procedure
    applicant: str
    address: str
    received_at: datetime
    due_on: date
    answers: dict[str, str]


class SheetRow(msgspec.Struct, frozen=True):
    label: str
    value: str
    strong: bool = False


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One paper in one language: the page shows it and the template prints it."""

    title: str
    form: str
    number: str
    agency: str
    upper_agency: str
    rows: list[SheetRow]
    lead: str = ""
    items_title: str = ""
    items: list[str] = []
    columns: list[str] = []
    table: list[list[str]] = []
    closing: str = ""
    post: str = ""
    issued: str = ""
    synthetic: bool = False
