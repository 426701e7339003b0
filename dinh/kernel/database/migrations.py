"""Numbered SQL per room, applied once, as the owner; an applied file that changed is refused."""

import hashlib
import re
from pathlib import Path

import asyncpg
import msgspec

NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")

BOOTSTRAP = """
CREATE SCHEMA IF NOT EXISTS ext;
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA ext;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA ext;
GRANT USAGE ON SCHEMA ext TO dinh_rows;
CREATE SCHEMA IF NOT EXISTS kernel;
CREATE TABLE IF NOT EXISTS kernel.migration (
  room text NOT NULL, -- pii: none
  number int NOT NULL, -- pii: none
  name text NOT NULL, -- pii: none
  hash text NOT NULL, -- pii: none
  applied_at timestamptz NOT NULL DEFAULT now(), -- pii: none
  PRIMARY KEY (room, number)
);
"""


class Migration(msgspec.Struct, frozen=True):
    room: str
    number: int
    name: str
    sql: str

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def of_room(room: str, folder: Path) -> list[Migration]:
    """The room's files in order. Raises ValueError for a name or number out of place."""
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        match = NAME.fullmatch(path.name)
        if not match or int(match[1]) != len(found) + 1:
            message = f"{path}: expected {len(found) + 1:04d}_name.sql"
            raise ValueError(message)
        found.append(Migration(room, int(match[1]), path.stem, path.read_text(encoding="utf-8")))
    return found


async def apply(connection: asyncpg.Connection, migrations: list[Migration]) -> int:
    """As the owner. Returns how many were new; each room's files in one transaction with their record."""
    await connection.execute("SELECT pg_advisory_lock(hashtext('dinh:migrations'))")
    try:
        await connection.execute(BOOTSTRAP)
        applied = {(row["room"], row["number"]): row["hash"] for row in await connection.fetch("SELECT room, number, hash FROM kernel.migration")}
        fresh = [migration for migration in migrations if _is_new(migration, applied)]
        for migration in fresh:
            await _apply_one(connection, migration)
        return len(fresh)
    finally:
        await connection.execute("SELECT pg_advisory_unlock(hashtext('dinh:migrations'))")


def _is_new(migration: Migration, applied: dict[tuple[str, int], str]) -> bool:
    known = applied.get((migration.room, migration.number))
    if known is not None and known != migration.hash:
        message = f"{migration.room}/{migration.name} was applied with other text: write a new migration instead"
        raise ValueError(message)
    return known is None


async def _apply_one(connection: asyncpg.Connection, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(migration.sql)
        await connection.execute(
            "INSERT INTO kernel.migration (room, number, name, hash) VALUES ($1, $2, $3, $4)",
            migration.room, migration.number, migration.name, migration.hash,
        )  # fmt: skip


async def ensure_years(connection: asyncpg.Connection, table: str, first: int, last: int) -> None:
    """Partitions by year, made ahead, so that no row falls into the rest."""
    await connection.execute("SELECT kernel.ensure_years($1::text::regclass, $2, $3)", table, first, last)
