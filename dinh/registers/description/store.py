"""SQL over described tables. Table and column names come from the description, values never enter the text."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from dinh.kernel import languages
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.registers.description.contracts import CHANGED, Record, Register


def _derived(tx: ReadTx, register: Register, record: Record) -> Record:
    """What follows from these values: texts for search, and the day of the change. Values that are not given derive nothing."""
    language = languages.of(tx.node.country.languages[0])
    extra: Record = {CHANGED: tx.node.country.local_date(tx.now)}
    for column in register.fields:
        if column.search and column.name in record:
            text = str(record[column.name] or "")
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


async def of_person(tx: ReadTx, register: Register, column: str, person: str) -> list[Record]:
    """Entries in which a declared column names this person."""
    if column not in register.columns:
        raise KeyError(column)
    rows = await tx.all(f"SELECT * FROM registers.{register.name} WHERE {column} = $1 ORDER BY {register.key}", person)  # noqa: S608
    return [dict(row) for row in rows]


async def lock(tx: WriteTx, register: Register, key: str) -> Record | None:
    """Takes the record's row lock until the transaction ends."""
    row = await tx.one(f"SELECT * FROM registers.{register.name} WHERE {register.key} = $1 FOR UPDATE", key)  # noqa: S608
    return dict(row) if row else None


async def update(tx: WriteTx, register: Register, key: str, changes: Record) -> None:
    """Set declared columns; what derives from them follows, and the record counts as touched today."""
    full = _derived(tx, register, changes)
    names = [name for name in register.columns if name in full]
    marks = ", ".join(f"{name} = ${at}" for at, name in enumerate(names, start=2))
    await tx.run(f"UPDATE registers.{register.name} SET {marks} WHERE {register.key} = $1", key, *[full[name] for name in names])  # noqa: S608


@asynccontextmanager
async def on_trial(tx: WriteTx) -> AsyncIterator[None]:
    """What is written inside is taken back at the end, row locks included."""
    await tx.run("SAVEPOINT trial")
    try:
        yield
    finally:
        await tx.run("ROLLBACK TO SAVEPOINT trial")


async def taken(tx: ReadTx, register: Register, key: str, column: str, value: object) -> bool:
    """Whether another record has this value."""
    register.column(column)
    sql = f"SELECT EXISTS (SELECT 1 FROM registers.{register.name} WHERE {column} = $1 AND {register.key} <> $2)"  # noqa: S608
    return bool(await tx.value(sql, value, key))


async def lock_case(tx: WriteTx, register: Register, case: str) -> None:
    """Two deliveries of one case wait for each other: the second finds what the first wrote."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{register.name}:{case}")


async def next_number(tx: WriteTx, register: Register, unit: str, year: int) -> int:
    """The next number in the unit's book of the year. Takes its row lock until the transaction ends: numbers have no gaps."""
    return int(
        await tx.value(
            f"""INSERT INTO registers.{register.book} AS b (unit, year, last) VALUES ($1, $2, 1)
                ON CONFLICT (unit, year) DO UPDATE SET last = b.last + 1 RETURNING last""",  # noqa: S608
            unit, year,
        )
    )  # fmt: skip


async def put_history(tx: WriteTx, register: Register, case: str, key: str, rows: Sequence[tuple[str, str | None, str | None]]) -> None:
    """Field, old and new value of each."""
    await tx.run(
        f"""INSERT INTO registers.{register.history} (case_code, record, field, old_value, new_value, amended_at)
            SELECT $1, $2, field, old_value, new_value, $3 FROM unnest($4::text[], $5::text[], $6::text[]) AS r (field, old_value, new_value)""",  # noqa: S608
        case, key, tx.now, [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows],
    )  # fmt: skip


async def amended(tx: ReadTx, register: Register, case: str) -> str | None:
    """The key of the record that this case amended."""
    found: str | None = await tx.value(f"SELECT record FROM registers.{register.history} WHERE case_code = $1 LIMIT 1", case)  # noqa: S608
    return found


async def cases_of(tx: ReadTx, register: Register, key: str) -> list[str]:
    """The cases that amended a record, the last one first."""
    rows = await tx.all(
        f"SELECT case_code FROM registers.{register.history} WHERE record = $1 GROUP BY case_code ORDER BY max(amended_at) DESC, case_code DESC",  # noqa: S608
        key,
    )
    return [row["case_code"] for row in rows]
