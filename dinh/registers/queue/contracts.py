"""Findings, proposals, and the events of the queue."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from dinh.kernel.events import Event, Plain, Reference
from dinh.registers.description import Record, Register
from dinh.registers.measures import Quality, Rule

STATES = ("open", "claimed", "accepted", "fixed")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A record that breaks a rule, or broke it. `holder` is the post that has taken it on; `returned` how often it came back."""

    id: UUID
    register: str
    rule: str
    row_key: str
    unit: str
    agency: str
    severity: int
    state: str
    holder: str | None
    first_seen: date
    last_seen: date
    fixed_on: date | None
    accepted_on: date | None
    returned: int
    key: UUID | None
    note: bytes | None


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What a keeper would put right; values and note are encrypted."""

    id: UUID
    finding: UUID
    column: str
    key: UUID
    old_value: bytes
    new_value: bytes
    note: bytes
    person: str
    post: str
    proposed_at: datetime
    state: str
    decided_post: str | None = None
    decided_at: datetime | None = None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal as it can be read."""

    proposal: Proposal
    old: Any
    new: Any
    note: str


class Wish(msgspec.Struct, frozen=True):
    """What of the queue to show. Empty means all; `state` may also be `waiting` (open and claimed) or `mine`."""

    rule: str = ""
    agency: str = ""
    severity: str = ""
    state: str = "waiting"
    after: UUID | None = None


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A finding with its record. Who opens it is in the log of everyone that the record tells about."""

    finding: Finding
    register: Register
    quality: Quality
    rule: Rule | None
    record: Record
    broken: set[str]
    proposals: list[Shown]
    reason: str


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """One value of one record, put right: who answers for it, who keeps it, who proposed and who approved it. Values are encrypted."""

    register: str
    row_key: str
    column: str
    keeper: str
    agency: str
    key: UUID
    old_value: bytes
    new_value: bytes
    basis: str
    proposed_post: str
    post: str


class RecordCorrected(Event, frozen=True):
    """A value of a register was put right. What it was and is stands, encrypted, in the history of corrections."""

    type: ClassVar[str] = "registers:record:corrected"
    register: Plain
    row: Reference
    column: Plain
    agency: Plain


class FindingClaimed(Event, frozen=True):
    type: ClassVar[str] = "registers:finding:claimed"
    register: Plain
    rule: Plain
    finding: Reference


class FindingAccepted(Event, frozen=True):
    """The value is right although it breaks a rule. The reason stands encrypted beside the finding."""

    type: ClassVar[str] = "registers:finding:accepted"
    register: Plain
    rule: Plain
    finding: Reference


class CorrectionProposed(Event, frozen=True):
    type: ClassVar[str] = "registers:correction:proposed"
    register: Plain
    column: Plain
    finding: Reference


class CorrectionApproved(Event, frozen=True):
    """The second pair of eyes agreed; the record's own event says that it was corrected."""

    type: ClassVar[str] = "registers:correction:approved"
    register: Plain
    column: Plain
    finding: Reference


class CorrectionRefused(Event, frozen=True):
    """Turned down by another keeper, or taken back by who proposed it."""

    type: ClassVar[str] = "registers:correction:refused"
    register: Plain
    column: Plain
    finding: Reference
