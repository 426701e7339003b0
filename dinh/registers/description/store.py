"""SQL over described tables. Table and column names come from the description, values never enter the text."""

from collections.abc import Sequence

from dinh.kernel import languages
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.registers.description.contracts import Record, Register


def _derived(tx: ReadTx, register: Register, record: Record) -> Record:
    language = languages.of(tx.node.country.languages[0])
    extra: Record = {}
    for column in register.fields:
        if column.search:
            text = str(record[column.name])
            extra[f"{column.name}_folded"], extra[f"{column.name}_order"] = language.fold(text), language.sort_key(text)
    return {**record, **extra}


def _insert(register: Register) -> str:
    marks = ", ".join(f"${at}" for at in range(1, len(register.columns) + 1))
    return f"INSERT INTO registers.{register.name} ({', '.join(register.columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608


async def insert(tx: WriteTx, register: Register, record: Record) -> bool:
    """False when a unique value is taken."""
    full = _derived(tx, register, record)
    return bool(await tx.run(_insert(register), *[full.get(name) for name in register.columns]))


async def load(tx: WriteTx, register: Register, records: Sequence[Record]) -> None:
    """Bulk load by COPY."""
    full = [_derived(tx, register, record) for record in records]
    await tx.copy("registers", register.name, register.columns, [tuple(record.get(name) for name in register.columns) for record in full])


async def find(tx: ReadTx, register: Register, column: str, value: object) -> Record | None:
    """One record by a unique column. The column must be declared."""
    if column not in register.columns:
        raise KeyError(column)
    row = await tx.one(f"SELECT * FROM registers.{register.name} WHERE {column} = $1", value)  # noqa: S608
    return dict(row) if row else None
