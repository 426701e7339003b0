"""What a retention run found, disposed of, and proved."""

from datetime import datetime
from typing import ClassVar

import msgspec

from dinh.kernel.content import Text
from dinh.kernel.events import Count, Event, Flag


class Held(msgspec.Struct, frozen=True):
    """A record whose time is over and that is kept all the same; `reason` is a text key."""

    reference: str
    reason: str


class ClassReport(msgspec.Struct, frozen=True, kw_only=True):
    """One class of the country on one node. `due` counts what is over: it was disposed of, would be, or is held. Of the held, the first ones by name."""

    code: str
    kind: str
    title: Text
    years: int
    days: int
    counted: str
    basis: str
    ref: str
    due: int
    disposed: int
    held: int
    holds: list[Held] = []


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """After the run: keys that are gone, files removed, events that still verify, and what a backup still holds (None: there is none)."""

    destroyed: int
    readable: list[str]
    files_removed: int
    events_verified: int
    backup_keys_left: int | None = None

    @property
    def holds(self) -> bool:
        return not self.readable and not self.backup_keys_left


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """`applied` is false for a run that only looked."""

    node: str
    at: datetime
    applied: bool
    classes: list[ClassReport]
    proof: Proof | None = None

    @property
    def disposed(self) -> int:
        return sum(one.disposed for one in self.classes)

    @property
    def due(self) -> int:
        return sum(one.due for one in self.classes)

    @property
    def held(self) -> int:
        return sum(one.held for one in self.classes)


class RetentionRun(Event, frozen=True):
    """A run that disposed: how much was over, went and was held, and whether everything that should be unreadable is."""

    type: ClassVar[str] = "app:retention:run"
    due: Count
    disposed: Count
    held: Count
    proved: Flag
