"""What a register's file declares."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from dinh.kernel.content import Text
from dinh.registers.measures import Quality

Name = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z_]{0,40}\Z")]
CHANGED = "changed_on"


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
    quality: Quality | None = None

    def __post_init__(self) -> None:
        """What the type of a field cannot say. The loader adds file and line."""
        if sum(column.key for column in self.fields) != 1:
            raise ValueError("exactly one field with `key`")
        if CHANGED in {column.name for column in self.fields}:
            raise ValueError(f"no field of the name `{CHANGED}`: every register has it already")
        types = {column.name: str(column.type) for column in self.fields}
        if self.quality:
            for fault in self.quality.faults(types, key=self.key, searched=self.searched, numbered=bool(self.number)):
                raise ValueError(fault)

    @property
    def searched(self) -> list[str]:
        """Columns that the description derives for search."""
        return [f"{column.name}_{suffix}" for column in self.fields if column.search for suffix in ("folded", "order")]

    @property
    def columns(self) -> list[str]:
        """Declared columns, then those that every register or a search adds."""
        return [column.name for column in self.fields] + self.searched + [CHANGED]

    @property
    def key(self) -> str:
        return next(column.name for column in self.fields if column.key)

    def column(self, name: str) -> Column:
        """Raises KeyError for a column that the file does not declare."""
        found = next((column for column in self.fields if column.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    @property
    def persons(self) -> list[Column]:
        """Columns that name a person by reference: what a case is called, and the key itself, are no persons."""
        return [column for column in self.fields if column.pii == "reference" and not column.key and column.name not in {"case_code", "source_case"}]

    @property
    def correctable(self) -> set[str]:
        return {column.name for column in self.fields if column.correctable}


Record = dict[str, str | date | bool | None]
