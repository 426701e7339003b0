"""Rows of `agencies/*.csv` and `units/*.csv`."""

from datetime import date

import msgspec

from dinh.kernel.content import Text


class Agency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`ref` says where its code was seen; `unit` is the territory it serves."""

    code: str
    level: str
    name: Text
    ref: str
    parent: str | None = None
    unit: str | None = None
    note: str | None = None


class Unit(msgspec.Struct, frozen=True, rename={"valid_from": "from"}, forbid_unknown_fields=True):
    """Valid from its first day until the day before `until`. Predecessors are codes of units it took over."""

    code: str
    name: str
    kind: str
    valid_from: date
    ref: str
    parent: str | None = None
    until: date | None = None
    predecessors: str = ""

    def valid(self, day: date) -> bool:
        return self.valid_from <= day and (self.until is None or day < self.until)
