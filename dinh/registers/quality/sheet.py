"""From a register's rules to expressions of SQL: true where a record keeps the rule, false where it breaks it, null where it cannot be asked.

Names come from descriptions, whose pattern allows letters and underscores only; values are parameters, never text.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

import msgspec

from dinh.registers.description import CHANGED, NumberPart, Register
from dinh.registers.measures import (
    Agrees,
    Distinct,
    Exists,
    Filled,
    Fresh,
    Lived,
    Mutual,
    Number,
    Older,
    Order,
    Past,
    Pattern,
    Rule,
    UnitToday,
)  # fmt: skip


def places_of(parts: Iterable[NumberPart]) -> list[tuple[NumberPart, int]]:
    """Each part of a personal number with the position of its first digit, counted from 1."""
    known = list(parts)
    return list(zip(known, accumulate((part.digits for part in known), initial=1), strict=False))


def years_before(day: date, years: int) -> date:
    """The same day of an earlier year; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


class Known(msgspec.Struct, frozen=True):
    """What rules are asked against: the day, the units that exist on it, the place numbers of personal numbers, and the key of each register."""

    day: date
    units: list[str]
    places: list[str]
    keys: dict[str, str]


class Sheet:
    """The rules of one register: their expressions over `t`, the joins these need, and their parameters after the first `taken`."""

    def __init__(self, register: Register, known: Known, taken: int = 0) -> None:
        if register.quality is None:
            raise LookupError(register.name)
        self.register, self.quality, self._known, self._taken = register, register.quality, known, taken
        self.values: list[Any] = []
        self._joins: dict[tuple[str, str], str] = {}
        self.rules = [rule for rule in self.quality.rules if not isinstance(rule, Distinct)]
        self.columns = ", ".join(f"({self._expression(rule)}) AS r{at}" for at, rule in enumerate(self.rules))
        self.joins = " ".join(
            f"LEFT JOIN registers.{register} {alias} ON {alias}.{known.keys[register]} = t.{column}"
            for (column, register), alias in self._joins.items()
        )

    def _value(self, value: Any, kind: str) -> str:
        self.values.append(value)
        return f"${self._taken + len(self.values)}::{kind}"

    def _other(self, column: str, register: str | None = None) -> str:
        """The record that a column names, joined once."""
        return self._joins.setdefault((column, register or self.register.name), f"j{len(self._joins)}")

    def _expression(self, rule: Rule) -> str:
        make: Callable[[Any], str] = _MAKERS[type(rule)]
        return make(self, rule)  # type: ignore[call-arg,arg-type]

    def filled(self, rule: Filled) -> str:
        text = f" AND t.{rule.column}::text <> ''"
        return f"t.{rule.column} IS NOT NULL{text}"

    def pattern(self, rule: Pattern) -> str:
        return f"t.{rule.column} ~ {self._value(f'^(?:{rule.pattern})$', 'text')}"

    def number(self, rule: Number) -> str:
        born, year = f"t.{rule.born}", f"extract(year FROM t.{rule.born})::int"
        parts = [f"length(t.{rule.column}) = {sum(part.digits for part in self.register.number)}"]
        for part, first in places_of(self.register.number):
            cut = f"substr(t.{rule.column}, {first}, {part.digits})"
            if part.part == "year":
                parts.append(f"{cut} = right(lpad({year}::text, 8, '0'), {part.digits})")
            elif part.part == "place":
                parts.append(f"{cut} = ANY ({self._value([place.zfill(part.digits) for place in self._known.places], 'text[]')})")
            elif part.part == "century_and_sex":
                parts.append(f"{cut} = {self._value(part.codes, 'jsonb')} ->> ({year} / 100 || ':' || t.{rule.sex})")
        return f"CASE WHEN t.{rule.column} IS NOT NULL AND {born} IS NOT NULL THEN coalesce({' AND '.join(parts)}, false) END"

    def order(self, rule: Order) -> str:
        return f"t.{rule.first} <= t.{rule.then}"

    def past(self, rule: Past) -> str:
        return f"t.{rule.column} <= {self._value(self._known.day, 'date')}"

    def older(self, rule: Older) -> str:
        other = self._other(rule.column)
        return f"{other}.{rule.born} + make_interval(years => {rule.years}) <= t.{rule.born}"

    def exists(self, rule: Exists) -> str:
        other = self._other(rule.column, rule.register)
        return f"CASE WHEN t.{rule.column} IS NOT NULL THEN {other}.{self._known.keys[rule.register or self.register.name]} IS NOT NULL END"

    def mutual(self, rule: Mutual) -> str:
        other = self._other(rule.column)
        return f"CASE WHEN {other}.{self.register.key} IS NOT NULL THEN {other}.{rule.column} IS NOT DISTINCT FROM t.{self.register.key} END"

    def agrees(self, rule: Agrees) -> str:
        other = self._other(rule.through, rule.register)
        return f"CASE WHEN {other}.{self._known.keys[rule.register]} IS NOT NULL THEN {other}.{rule.other} IS NOT DISTINCT FROM t.{rule.column} END"

    def lived(self, rule: Lived) -> str:
        return f"t.{rule.died} IS NOT NULL OR t.{rule.born} > {self._value(years_before(self._known.day, rule.years), 'date')}"

    def unit(self, rule: UnitToday) -> str:
        return f"t.{rule.column} = ANY ({self._value(self._known.units, 'text[]')})"

    def fresh(self, rule: Fresh) -> str:
        return f"t.{CHANGED} >= {self._value(self._known.day - timedelta(days=rule.days), 'date')}"


_MAKERS: dict[type, Callable[..., str]] = {
    Filled: Sheet.filled, Pattern: Sheet.pattern, Number: Sheet.number, Order: Sheet.order, Past: Sheet.past, Older: Sheet.older, Exists: Sheet.exists,
    Mutual: Sheet.mutual, Agrees: Sheet.agrees, Lived: Sheet.lived, UnitToday: Sheet.unit, Fresh: Sheet.fresh,
}  # fmt: skip
