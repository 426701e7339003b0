"""What a person may agree to, and what they agreed to."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from dinh.kernel.content import Text
from dinh.kernel.events import Day, Event, Plain, Reference


class Use(msgspec.Struct, frozen=True):
    """One use that stands on consent alone: this member asks this service for this purpose."""

    service: str
    client: str
    purpose: str

    @property
    def name(self) -> str:
        """In forms and addresses."""
        return f"{self.service}~{self.client}~{self.purpose}"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """`what` is the service's own title, `why` that of the right."""

    use: Use
    what: Text
    why: Text
    basis: str
    ref: str


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """`ends_on` is the first day on which it no longer holds."""

    id: UUID
    use: Use
    given_at: datetime
    ends_on: date
    withdrawn_at: datetime | None

    def holds(self, today: date) -> bool:
        return self.withdrawn_at is None and today < self.ends_on


class ConsentGiven(Event, frozen=True):
    type: ClassVar[str] = "exchange:consent:given"
    person: Reference
    service: Plain
    client: Plain
    purpose: Plain
    ends_on: Day


class ConsentWithdrawn(Event, frozen=True):
    type: ClassVar[str] = "exchange:consent:withdrawn"
    person: Reference
    service: Plain
    client: Plain
    purpose: Plain
