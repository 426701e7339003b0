"""Who may act for whom. Identity knows both by reference; their names are kept encrypted, for the two of them."""

from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar, Literal
from uuid import UUID

import msgspec

from dinh.kernel.events import Day, Event, Plain, Reference

Kind = Literal["guardian", "attorney"]
# What of a person's affairs a mandate can open: filing and following cases, the document warehouse, the log of accesses.
PARTS = ("cases", "documents", "my_data")


class Sourced(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number that the law sets, and where that was seen."""

    value: Annotated[int, msgspec.Meta(ge=1, le=1_200)]
    basis: str
    ref: str


class MandateRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`mandates.yaml`: the age at which a guardian's power ends, and how many months a power of attorney may last."""

    adult_years: Sourced
    longest_months: Sourced


class Names(msgspec.Struct, frozen=True):
    """Encrypted with the mandate's key."""

    represented: str
    representative: str


class Mandate(msgspec.Struct, frozen=True, kw_only=True):
    """`ends_on` is the first day on which it no longer holds. No `procedures`: all of them."""

    id: UUID
    kind: Kind
    represented: str
    representative: str
    parts: list[str]
    procedures: list[str]
    given_at: datetime
    ends_on: date
    ended_at: datetime | None
    basis: str
    names: Names

    @property
    def last_day(self) -> date:
        return self.ends_on - timedelta(days=1)

    def holds(self, today: date) -> bool:
        return self.ended_at is None and today < self.ends_on


class Power(msgspec.Struct, frozen=True):
    """What a person typed to let someone act for them."""

    number: str
    name: str
    parts: list[str]
    procedures: list[str]
    last_day: date | None


class Child(msgspec.Struct, frozen=True):
    """As the population register answers."""

    ref: str
    full_name: str
    birth_date: date


class MandateGiven(Event, frozen=True):
    type: ClassVar[str] = "identity:mandate:given"
    mandate: Reference
    kind: Plain
    represented: Reference
    representative: Reference
    ends_on: Day


class MandateEnded(Event, frozen=True):
    """`by` is `represented`, `representative` or `register`."""

    type: ClassVar[str] = "identity:mandate:ended"
    mandate: Reference
    by: Plain


class MandateDisposed(Event, frozen=True):
    """Its time was over: whose it was can no longer be read here."""

    type: ClassVar[str] = "identity:mandate:disposed"
    mandate: Reference
    record_class: Plain


class MandateTaken(Event, frozen=True):
    """From now on a session acts for the represented person."""

    type: ClassVar[str] = "identity:mandate:taken"
    mandate: Reference
    represented: Reference
