"""SQL of mandates. Row-level security shows each only to its two sides."""

from datetime import date
from uuid import UUID

import asyncpg
import msgspec

from dinh.identity.mandates.contracts import Mandate
from dinh.kernel.retention import Ended, Wanted
from dinh.kernel.transactions import ReadTx, WriteTx

_COLUMNS = "id, kind, represented, representative, parts, procedures, key, names, given_at, ends_on, basis, ended_at"


async def insert(tx: WriteTx, mandate: Mandate, key: UUID, names: bytes) -> bool:
    """False when this guardianship is here already."""
    return bool(
        await tx.run(
            f"INSERT INTO identity.mandate ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL) ON CONFLICT DO NOTHING",  # noqa: S608
            mandate.id, mandate.kind, mandate.represented, mandate.representative, mandate.parts, mandate.procedures, key, names, mandate.given_at,
            mandate.ends_on, mandate.basis,
        )
    )  # fmt: skip


async def of_person(tx: ReadTx, person: str, day: date) -> list[asyncpg.Record]:
    """Those that hold or ended not long ago, newest first, on either side."""
    return await tx.all(
        f"""SELECT {_COLUMNS} FROM identity.mandate WHERE $1 IN (represented, representative)
            AND (ended_at IS NULL OR ended_at > $3::timestamptz - interval '90 days') AND ends_on > $2::date - 90
            ORDER BY given_at DESC, id LIMIT 100""",  # noqa: S608
        person, day, tx.now,
    )  # fmt: skip


async def one(tx: ReadTx, mandate: UUID) -> asyncpg.Record | None:
    return await tx.one(f"SELECT {_COLUMNS} FROM identity.mandate WHERE id = $1", mandate)  # noqa: S608


async def end(tx: WriteTx, mandate: UUID, by: str) -> bool:
    """False when it has ended already."""
    return bool(await tx.run("UPDATE identity.mandate SET ended_at = $2, ended_by = $3 WHERE id = $1 AND ended_at IS NULL", mandate, tx.now, by))


async def lapse(tx: WriteTx, representative: str, represented: str) -> list[UUID]:
    """A guardianship that the register no longer bears out."""
    rows = await tx.all(
        """UPDATE identity.mandate SET ended_at = $3, ended_by = 'register'
           WHERE kind = 'guardian' AND representative = $1 AND represented = $2 AND ended_at IS NULL RETURNING id""",
        representative, represented, tx.now,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def ended(tx: ReadTx, wanted: Wanted) -> list[Ended]:
    """By the earlier of what ended it and its last day."""
    rows = await tx.all(
        """SELECT id, least(ended_at, ends_on::timestamptz) AS ended_at FROM identity.mandate
           WHERE least(ended_at, ends_on::timestamptz) < $1 AND disposed_at IS NULL AND id > $2 ORDER BY id LIMIT $3""",
        wanted.before, wanted.after, wanted.limit,
    )  # fmt: skip
    return [Ended(id=row["id"], reference=str(row["id"]), ended_at=row["ended_at"]) for row in rows]


async def dispose(tx: WriteTx, mandate: UUID) -> bool:
    """Never before it has ended; once."""
    return bool(
        await tx.run(
            """UPDATE identity.mandate SET represented = '', representative = '-', disposed_at = $2
               WHERE id = $1 AND disposed_at IS NULL AND least(ended_at, ends_on::timestamptz) < $2""",
            mandate, tx.now,
        )
    )  # fmt: skip


def mandate_of(row: asyncpg.Record, names: bytes) -> Mandate:
    values = {name: row[name] for name in row.keys() if name not in {"key", "names"}}  # noqa: SIM118 - a record is no mapping
    return msgspec.convert({**values, "names": msgspec.json.decode(names)}, Mandate)
