"""What a register's file declares."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from dinh.kernel.content import Text

Name = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z_]{0,40}\Z")]


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`search` adds a folded text and a sort key in the country's first language. What is `correctable` may be set right later; the old value is kept."""

    name: Name
    type: Literal["text", "date", "bool"]
    pii: str
    keep: str
    label: Text
    key: bool = False
    unique: bool = False
    index: bool = False
    optional: bool = False
    search: bool = False
    correctable: bool = False


class NumberPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    part: Literal["place", "century_and_sex", "year", "random"]
    digits: int
    codes: dict[str, str] = {}


class Register(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`book` is the table of the last number of each unit and year, for a register with numbered entries; `history` that of values as they were."""

    name: Name
    title: Text
    ref: str
    fields: list[Column]
    number: list[NumberPart] = []
    book: Name | None = None
    history: Name | None = None

    @property
    def columns(self) -> list[str]:
        """Declared columns, then those that the description derives."""
        derived = [f"{column.name}_{suffix}" for column in self.fields if column.search for suffix in ("folded", "order")]
        return [column.name for column in self.fields] + derived

    @property
    def key(self) -> str:
        return next(column.name for column in self.fields if column.key)

    @property
    def correctable(self) -> set[str]:
        return {column.name for column in self.fields if column.correctable}


Record = dict[str, str | date | bool | None]
