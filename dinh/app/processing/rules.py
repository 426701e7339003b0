"""Reading the notes of columns and event fields."""

import re
from collections.abc import Iterator
from typing import get_type_hints

import msgspec

from dinh.app.processing.contracts import Processing, Recorded
from dinh.kernel.events import Event, Reference

_NOTE = re.compile(r"--\s*pii: ([a-z][a-z ]*); basis: ([^;]+); keep: (.+)$")
_TABLE = re.compile(r"\b(?:CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?|ALTER TABLE )([a-z_]+)\.([a-z_]+)")
_COLUMN = re.compile(r"(?:.*\bADD COLUMN )?\s*([a-z_]+)\s")


def notes(sql: str) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Schema, table, column, kind, basis and time of every column with personal data."""
    schema = table = ""
    for line in sql.splitlines():
        if not line.lstrip().startswith("--") and (named := _TABLE.search(line)):
            schema, table = named[1], named[2]
        note, column = _NOTE.search(line), _COLUMN.match(line)
        if note and column and not line.lstrip().startswith("--"):
            yield schema, table, column[1], note[1], note[2].strip(), note[3].strip()


def recorded(kinds: dict[str, type[Event]]) -> list[Recorded]:
    found = []
    for name, kind in sorted(kinds.items()):
        hints = get_type_hints(kind, include_extras=True)
        fields = [field.name for field in msgspec.structs.fields(kind) if hints.get(field.name) == Reference]
        if fields:
            found.append(Recorded(type=name, fields=fields))
    return found


def slug(words: str) -> str:
    """As the key of a text."""
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def summary(found: Processing) -> Iterator[str]:
    """In a terminal's words."""
    for one in found.kept:
        columns, kinds = ", ".join(one.columns), ", ".join(one.kinds)
        yield f"{one.room}.{one.table} ({columns}): {kinds}; {one.ref or one.basis}; {one.keep}; on {', '.join(one.nodes)}"
    yield f"{len(found.events)} kinds of events refer to a person or a case"
