"""From a description to its tables, and from a message to a record."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from dinh.kernel.errors import Invalid
from dinh.registers.description.contracts import CHANGED, Column, Record, Register

_TYPES = {"text": "text", "date": "date", "bool": "bool"}
LONGEST = 500


def ddl(register: Register) -> str:
    """Idempotent. Names come from a pattern that allows letters and underscores only."""
    table = f"registers.{register.name}"
    lines = [_column(column) for column in register.fields]
    lines += [f"  {column.name}_{suffix} text NOT NULL" for column in register.fields if column.search for suffix in ("folded", "order")]
    statements = [f"CREATE TABLE IF NOT EXISTS {table} (\n" + ",\n".join(lines) + "\n)"]
    # Installed tables are older than this column. A record from before it has no day until it is touched.
    statements.append(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {CHANGED} date")
    for column in register.fields:
        if column.index:
            statements.append(f"CREATE INDEX IF NOT EXISTS {register.name}_{column.name} ON {table} ({column.name})")
        if column.search:
            name = f"{column.name}_folded"
            statements.append(f"CREATE INDEX IF NOT EXISTS {register.name}_{name} ON {table} USING gin ({name} ext.gin_trgm_ops)")
    statements.append(f"GRANT SELECT, INSERT, UPDATE ON {table} TO dinh_rows")
    return ";\n".join([*statements, *_book(register), *_history(register)]) + ";"


def _book(register: Register) -> list[str]:
    if register.book is None:
        return []
    table = f"registers.{register.book}"
    return [
        f"CREATE TABLE IF NOT EXISTS {table} (unit text NOT NULL, year int NOT NULL, last int NOT NULL, PRIMARY KEY (unit, year))",
        f"GRANT SELECT, INSERT, UPDATE ON {table} TO dinh_rows",
    ]


def _history(register: Register) -> list[str]:
    """Values as they were, for as long as the record is kept. Nobody may change or remove what stands there."""
    if register.history is None:
        return []
    table = f"registers.{register.history}"
    columns = "case_code text NOT NULL, record text NOT NULL, field text NOT NULL, old_value text, new_value text, amended_at timestamptz NOT NULL"
    return [
        f"CREATE TABLE IF NOT EXISTS {table} ({columns}, PRIMARY KEY (case_code, record, field))",
        f"CREATE INDEX IF NOT EXISTS {register.history}_record ON {table} (record)",
        f"GRANT SELECT, INSERT ON {table} TO dinh_rows",
    ]


def typed(register: Register, values: Mapping[str, Any]) -> Record:
    """The declared columns, days read from ISO 8601. Raises ValueError for what is no day."""
    return {column.name: _typed(column, values.get(column.name)) for column in register.fields}


def _typed(column: Column, value: Any) -> str | date | bool | None:
    return date.fromisoformat(value) if column.type == "date" and isinstance(value, str) else value


def written(value: object) -> str | None:
    """As history and messages write a value."""
    return None if value is None else value.isoformat() if isinstance(value, date) else str(value)


def _column(column: Column) -> str:
    rule = " PRIMARY KEY" if column.key else "" if column.optional else " NOT NULL"
    return f"  {column.name} {_TYPES[column.type]}{rule}{' UNIQUE' if column.unique else ''}"


def value_of(column: Column, typed: str) -> str | date | bool | None:
    """What someone typed, as a value of the column. Raises Invalid."""
    text = " ".join(typed.split())
    if not text:
        if column.optional:
            return None
        raise Invalid(fields={"value": "kernel.field_missing_text"})
    if column.type == "bool":
        if text not in {"yes", "no"}:
            raise Invalid(fields={"value": "kernel.field_missing_choice"})
        return text == "yes"
    if column.type == "date":
        return _day(text)
    if len(text) > LONGEST or not text.isprintable():
        raise Invalid(fields={"value": "kernel.field_wrong_text"})
    return text


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(fields={"value": "kernel.field_wrong_date"}) from error
