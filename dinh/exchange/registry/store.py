"""SQL of the registry: entries in versions, OpenAPI documents, and what was published."""

from datetime import datetime
from typing import Any

import msgspec

from dinh.exchange.registry.contracts import Entry, Published, Registered, kind_of
from dinh.kernel.transactions import ReadTx, WriteTx

COLUMNS = "kind, key, version, entry, made_at, made_by, ended_at, ended_by"


def _registered(row: Any) -> Registered:
    return Registered(**{**dict(row), "entry": msgspec.convert(row["entry"], Entry)})


async def lock(tx: WriteTx) -> None:
    """One change at a time: each is checked against what stands."""
    await tx.one("SELECT pg_advisory_xact_lock(hashtext('exchange.registration'))")


async def standing(tx: ReadTx) -> list[Registered]:
    return [_registered(row) for row in await tx.all(f"SELECT {COLUMNS} FROM exchange.registration WHERE ended_at IS NULL ORDER BY kind, key")]  # noqa: S608


async def history(tx: ReadTx, kind: str, key: str) -> list[Registered]:
    rows = await tx.all(f"SELECT {COLUMNS} FROM exchange.registration WHERE kind = $1 AND key = $2 ORDER BY version", kind, key)  # noqa: S608
    return [_registered(row) for row in rows]


async def standing_version(tx: ReadTx, kind: str, key: str) -> int | None:
    found: int | None = await tx.value("SELECT version FROM exchange.registration WHERE kind = $1 AND key = $2 AND ended_at IS NULL", kind, key)
    return found


async def last_versions(tx: ReadTx, kind: str) -> dict[str, int]:
    """By key, ended ones too: a number is never used twice."""
    return {
        row["key"]: row["last"]
        for row in await tx.all("SELECT key, max(version) AS last FROM exchange.registration WHERE kind = $1 GROUP BY key", kind)
    }


async def insert(tx: WriteTx, rows: list[tuple[Entry, int]], by: str) -> None:
    await tx.run_many(
        "INSERT INTO exchange.registration (kind, key, version, entry, made_at, made_by) VALUES ($1, $2, $3, $4, $5, $6)",
        [(kind_of(entry), entry.key, version, entry, tx.now, by) for entry, version in rows],
    )


async def end(tx: WriteTx, kind: str, key: str, by: str) -> int | None:
    """The version that stood."""
    found: int | None = await tx.value(
        "UPDATE exchange.registration SET ended_at = $3, ended_by = $4 WHERE kind = $1 AND key = $2 AND ended_at IS NULL RETURNING version",
        kind, key, tx.now, by,
    )  # fmt: skip
    return found


async def keep_openapi(tx: WriteTx, digest: str, document: str) -> None:
    await tx.run("INSERT INTO exchange.openapi (digest, document, kept_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", digest, document, tx.now)


async def openapi(tx: ReadTx, digest: str) -> str | None:
    found: str | None = await tx.value("SELECT document FROM exchange.openapi WHERE digest = $1", digest)
    return found


async def published(tx: ReadTx, kind: str) -> Published | None:
    row = await tx.one("SELECT version, digest, made_at FROM exchange.publication WHERE kind = $1 ORDER BY version DESC LIMIT 1", kind)
    return Published(**dict(row)) if row else None


async def published_document(tx: ReadTx, kind: str) -> tuple[int, datetime, str] | None:
    row = await tx.one("SELECT version, made_at, document FROM exchange.publication WHERE kind = $1 ORDER BY version DESC LIMIT 1", kind)
    return (row["version"], row["made_at"], row["document"]) if row else None


async def put_publication(tx: WriteTx, kind: str, made: Published, document: str) -> bool:
    """A new version, or the last one signed again. False when another process was quicker."""
    return bool(
        await tx.run(
            """INSERT INTO exchange.publication (kind, version, digest, made_at, document) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (kind, version) DO UPDATE SET made_at = excluded.made_at, document = excluded.document
                 WHERE publication.digest = excluded.digest AND publication.made_at < excluded.made_at""",
            kind, made.version, made.digest, made.made_at, document,
        )
    )  # fmt: skip
