"""Authority that one post lends another for a while."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from dinh.kernel.events import Day, Event, Plain, Reference


class Delegation(msgspec.Struct, frozen=True, kw_only=True):
    """From `since` until the day before `until`, for some procedures (`*`: all). `ref` is the written order."""

    id: UUID
    from_post: str
    to_post: str
    duty: str
    procedures: list[str]
    since: date
    until: date
    ref: str
    given_at: datetime
    revoked_at: datetime | None = None

    def covers(self, duty: str, procedure: str, day: date) -> bool:
        in_time = self.revoked_at is None and self.since <= day < self.until
        return in_time and self.duty == duty and ("*" in self.procedures or procedure in self.procedures)


class DelegationGiven(Event, frozen=True):
    type: ClassVar[str] = "offices:delegation:given"
    delegation: Reference
    from_post: Plain
    to_post: Plain
    duty: Plain
    since: Day
    until: Day


class DelegationRevoked(Event, frozen=True):
    type: ClassVar[str] = "offices:delegation:revoked"
    delegation: Reference
    from_post: Plain
    to_post: Plain
