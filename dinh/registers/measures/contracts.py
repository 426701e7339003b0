"""Rules of quality as data: each belongs to one of four words, and says which of a record's values it looks at."""

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import msgspec

from dinh.kernel.content import Text

WORDS = ("correct", "sufficient", "clean", "alive")
SEVERITIES = ("high", "medium", "low")
Code = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z_]{0,40}\Z")]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Types = dict[str, str]


class _Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """`weight` is the rule's part in its word's percentage. A rule that is `queued` makes a finding of each record that breaks it."""

    code: Code
    title: Text
    severity: Literal["high", "medium", "low"] = "medium"
    weight: Positive = 1

    word: ClassVar[str] = "correct"

    @property
    def queued(self) -> bool:
        return True

    @property
    def uses(self) -> Types:
        """Own columns, with the type they must have; empty for any."""
        return {}

    @property
    def refers(self) -> tuple[str, str] | None:
        """Another register and one of its columns, empty for its key."""
        return None


class Filled(_Rule, frozen=True, kw_only=True, tag="filled"):
    """The value is there. What only should be there is counted and makes no finding."""

    word: ClassVar[str] = "sufficient"
    column: str
    must: bool = False

    @property
    def queued(self) -> bool:
        return self.must

    @property
    def uses(self) -> Types:
        return {self.column: ""}


class Pattern(_Rule, frozen=True, kw_only=True, tag="pattern"):
    """The whole value has this shape (a regular expression that PostgreSQL and Python read alike)."""

    column: str
    pattern: str

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"a regular expression ({error})") from error

    @property
    def uses(self) -> Types:
        return {self.column: "text"}


class Number(_Rule, frozen=True, kw_only=True, tag="number"):
    """The personal number says the same as the record, part by part of the register's `number`."""

    column: str
    born: str
    sex: str

    @property
    def uses(self) -> Types:
        return {self.column: "text", self.born: "date", self.sex: "text"}


class Order(_Rule, frozen=True, kw_only=True, tag="order"):
    """One day is not before another."""

    first: str
    then: str

    @property
    def uses(self) -> Types:
        return {self.first: "date", self.then: "date"}


class Past(_Rule, frozen=True, kw_only=True, tag="past"):
    """The day is not still to come."""

    column: str

    @property
    def uses(self) -> Types:
        return {self.column: "date"}


class Older(_Rule, frozen=True, kw_only=True, tag="older"):
    """Whom the column names, in the same register, was born at least so many years earlier."""

    column: str
    born: str
    years: Positive

    @property
    def uses(self) -> Types:
        return {self.column: "text", self.born: "date"}


class Exists(_Rule, frozen=True, kw_only=True, tag="exists"):
    """Whom or what the column names is there, in the same register or in another one of this node."""

    word: ClassVar[str] = "clean"
    column: str
    register: str | None = None

    @property
    def uses(self) -> Types:
        return {self.column: "text"}

    @property
    def refers(self) -> tuple[str, str] | None:
        return (self.register, "") if self.register else None


class Mutual(_Rule, frozen=True, kw_only=True, tag="mutual"):
    """Whom the column names, in the same register, names this record back."""

    word: ClassVar[str] = "clean"
    column: str

    @property
    def uses(self) -> Types:
        return {self.column: "text"}


class Agrees(_Rule, frozen=True, kw_only=True, tag="agrees"):
    """The record of another register that `through` names holds the same value in `other`."""

    word: ClassVar[str] = "clean"
    column: str
    through: str
    register: str
    other: str

    @property
    def uses(self) -> Types:
        return {self.column: "", self.through: "text"}

    @property
    def refers(self) -> tuple[str, str] | None:
        return (self.register, self.other)


class Distinct(_Rule, frozen=True, kw_only=True, tag="distinct"):
    """No other record has the same values. A record that lacks one of them is not compared."""

    word: ClassVar[str] = "clean"
    columns: Annotated[list[str], msgspec.Meta(min_length=1)]

    @property
    def uses(self) -> Types:
        return dict.fromkeys(self.columns, "")


class Lived(_Rule, frozen=True, kw_only=True, tag="lived"):
    """Nobody is older than this without a day of death."""

    word: ClassVar[str] = "alive"
    born: str
    died: str
    years: Positive

    @property
    def uses(self) -> Types:
        return {self.born: "date", self.died: "date"}


class UnitToday(_Rule, frozen=True, kw_only=True, tag="unit"):
    """The unit exists today: it was not merged into another one."""

    word: ClassVar[str] = "alive"
    column: str

    @property
    def uses(self) -> Types:
        return {self.column: "text"}


class Fresh(_Rule, frozen=True, kw_only=True, tag="fresh"):
    """The record was entered, changed or confirmed in so many days. Counted, no finding."""

    word: ClassVar[str] = "alive"
    days: Positive

    @property
    def queued(self) -> bool:
        return False


Rule = Filled | Pattern | Number | Order | Past | Older | Exists | Mutual | Agrees | Distinct | Lived | UnitToday | Fresh


class Quality(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`agency` keeps the register. `unit` is the column of the unit that answers for a record.

    `subjects` are columns that name persons the record tells about, `family` those of their relatives (in a register of persons).
    `service` is the service of the exchange whose title a person reads in their log when an official opens the record, `basis` the law.
    """

    agency: str
    unit: str
    basis: str
    service: str
    subjects: Annotated[list[str], msgspec.Meta(min_length=1)]
    rules: list[Rule]
    correctable: list[str] = []
    family: list[str] = []

    def faults(self, columns: Types, *, key: str, searched: list[str], numbered: bool) -> Iterator[str]:
        """What does not fit the register's columns, in words."""
        named = {"unit": [self.unit], "subjects": self.subjects, "family": self.family, "correctable": self.correctable}
        for field, names in named.items():
            yield from (f"quality.{field}: a field of this register, not {name!r}" for name in names if name not in columns)
        if key in self.correctable:
            yield f"quality.correctable: no key, but {key!r} is one"
        seen: set[str] = set()
        for rule in self.rules:
            if rule.code in seen:
                yield f"quality.rules: each code once, not {rule.code!r} again"
            seen.add(rule.code)
            yield from self._faults_of(rule, columns | dict.fromkeys(searched, "text"))
            if isinstance(rule, Number) and not numbered:
                yield f"quality.rules: {rule.code!r} needs the parts of the `number`"

    @staticmethod
    def _faults_of(rule: Rule, columns: Types) -> Iterator[str]:
        for name, kind in rule.uses.items():
            if name not in columns:
                yield f"quality.rules: {rule.code!r} names a field of this register, not {name!r}"
            elif kind and columns[name] != kind:
                yield f"quality.rules: {rule.code!r} needs a {kind} in {name!r}, which is a {columns[name]}"
