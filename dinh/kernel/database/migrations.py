"""Numbered SQL per room, applied once, as the owner; an applied file that changed is refused.

A file is of one of two kinds, which its first line names. `-- kind: expand` only adds: processes of the release before run on,
so it is applied at every start. `-- kind: contract of <release>` takes away what that release made unnecessary: it waits until
an operator says that every process is new.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import asyncpg
import msgspec

Kind = Literal["expand", "contract"]
KIND = re.compile(r"-- kind: (expand|contract of (\S+))\n")
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
    def kind(self) -> Kind:
        """The first files of the rooms are older than the line that says so; they expand."""
        match = KIND.match(self.sql)
        return "contract" if match and match[2] else "expand"

    @property
    def completes(self) -> str | None:
        """The release whose expansion a contracting file completes."""
        match = KIND.match(self.sql)
        return match[2] if match else None

    @property
    def title(self) -> str:
        return f"{self.room}/{self.name}"

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


async def apply(connection: asyncpg.Connection, migrations: list[Migration], *, contract: bool = False) -> int:
    """As the owner. Returns how many were new; each file in one transaction with its record. Those that contract wait, unless asked for."""
    await connection.execute("SELECT pg_advisory_lock(hashtext('dinh:migrations'))")
    try:
        await connection.execute(BOOTSTRAP)
        fresh = [migration for migration in pending(migrations, await applied(connection)) if contract or migration.kind == "expand"]
        for migration in fresh:
            await _apply_one(connection, migration)
        return len(fresh)
    finally:
        await connection.execute("SELECT pg_advisory_unlock(hashtext('dinh:migrations'))")


async def applied(connection: asyncpg.Connection) -> dict[tuple[str, int], str]:
    """Hash by room and number. Empty where nothing was ever applied."""
    if not await connection.fetchval("SELECT to_regclass('kernel.migration')"):
        return {}
    return {(row["room"], row["number"]): row["hash"] for row in await connection.fetch("SELECT room, number, hash FROM kernel.migration")}


async def others(connection: asyncpg.Connection, mark: str) -> list[str]:
    """Names of connections to this database that are a platform's, and not of the release `mark`. Those of tools are left out."""
    rows = await connection.fetch(
        """SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
           AND pid <> pg_backend_pid() AND application_name <> $1 AND (application_name = '' OR application_name LIKE 'dinh %')""",
        mark,
    )  # fmt: skip
    return sorted(row["application_name"] or "a release that does not say its name" for row in rows)


def pending(migrations: list[Migration], known: Mapping[tuple[str, int], str]) -> list[Migration]:
    """Those not applied yet, in order. Raises ValueError for one that was applied with other text."""
    fresh = []
    for migration in migrations:
        found = known.get((migration.room, migration.number))
        if found is None:
            fresh.append(migration)
        elif found != migration.hash:
            message = f"{migration.title} was applied with other text: write a new migration instead"
            raise ValueError(message)
    return fresh


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
