"""SQL of the spine."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from dinh.kernel.errors import BadSignature
from dinh.kernel.events.contracts import Opening, Recorded, SignedHead
from dinh.kernel.transactions import ReadTx, WriteTx

COLUMNS = "id, node, type, version, occurred_at, recorded_at, local_date, actor, post, on_behalf_of, subject, case_code, legal_basis, trace, payload"
_TYPES = ["uuid", "text", "text", "smallint", "timestamptz", "timestamptz", "date", "text", "text", "text", "text", "text", "text", "text", "bytea"]
FIELDS = [name.strip() for name in COLUMNS.split(",")]


class SealerState(msgspec.Struct, frozen=True):
    """`horizon` is the oldest running transaction, taken once: what commits later lies above it and waits for the next round.
    `opened`: it is on record where this epoch began.
    """

    epoch: int
    opened: bool
    horizon: str
    size: int
    frontier: bytes


class Head(SignedHead, frozen=True, kw_only=True):
    """With what the next one grows from."""

    frontier: bytes

    def signed(self) -> SignedHead:
        return SignedHead(**{name: getattr(self, name) for name in SignedHead.__struct_fields__})


class Sealing(msgspec.Struct, frozen=True):
    """How far the sealer has come, and what waits for it."""

    position: int
    head_at: datetime | None
    unsealed: int
    oldest_unsealed: datetime | None


def _recorded(row: asyncpg.Record) -> Recorded:
    return Recorded(**dict(row))


def adding(first: int) -> str:
    """The statement that appends events, with parameters from `$first` on: one array a column, in the order of `columns_of`."""
    arrays = ", ".join(f"${at}::{kind}[]" for at, kind in enumerate(_TYPES, first))
    return f"INSERT INTO kernel.event ({COLUMNS}) SELECT * FROM unnest({arrays})"  # noqa: S608 - constants


def columns_of(events: Sequence[Recorded]) -> list[list[Any]]:
    return [[getattr(event, name) for event in events] for name in FIELDS]


_APPEND = adding(1)


async def append(tx: WriteTx, events: Sequence[Recorded]) -> None:
    await tx.run(_APPEND, *columns_of(events))


async def lock_sealer(tx: WriteTx) -> SealerState:
    """Takes the row lock of the one sealer: a second one waits, then finds nothing to do."""
    row = await tx.one(
        """SELECT epoch, epoch = 1 OR EXISTS (SELECT 1 FROM kernel.epoch e WHERE e.epoch = z.epoch) AS opened,
             pg_snapshot_xmin(pg_current_snapshot())::text AS horizon FROM kernel.sealer z FOR UPDATE"""
    )
    if row is None:
        raise BadSignature("the sealer's row is gone")
    head = await tx.one("SELECT size, frontier FROM kernel.head ORDER BY size DESC LIMIT 1")
    return SealerState(row["epoch"], row["opened"], row["horizon"], head["size"] if head else 0, bytes(head["frontier"]) if head else b"")


async def unsealed(tx: WriteTx, horizon: str, limit: int) -> list[Recorded]:
    """Committed events below every running transaction, in the order of their transactions."""
    rows = await tx.all(
        f"""SELECT {COLUMNS} FROM kernel.event e
            WHERE transaction >= (SELECT watermark FROM kernel.sealer)
              AND transaction < $1::text::xid8
              AND NOT EXISTS (SELECT 1 FROM kernel.seal s WHERE s.event = e.id)
            ORDER BY transaction, id LIMIT $2""",  # noqa: S608
        horizon, limit,
    )  # fmt: skip
    return [_recorded(row) for row in rows]


async def move_watermark(tx: WriteTx, last: UUID | None, horizon: str) -> None:
    """Up to the last event just sealed; without one, up to the horizon that the search went to."""
    await tx.run("UPDATE kernel.sealer SET watermark = coalesce((SELECT transaction FROM kernel.event WHERE id = $1), $2::text::xid8)", last, horizon)


async def overlooked(tx: ReadTx) -> UUID | None:
    """An event below the watermark without a seal: it was put there past the sealer."""
    found: UUID | None = await tx.value(
        """SELECT id FROM kernel.event e WHERE transaction < (SELECT watermark FROM kernel.sealer)
             AND NOT EXISTS (SELECT 1 FROM kernel.seal s WHERE s.event = e.id) LIMIT 1"""
    )
    return found


async def insert_seals(tx: WriteTx, first: int, events: list[UUID], leaves: list[bytes]) -> None:
    await tx.run(
        "INSERT INTO kernel.seal (position, event, leaf) SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bytea[])",
        list(range(first, first + len(events))), events, leaves,
    )  # fmt: skip


async def insert_head(tx: WriteTx, head: Head) -> None:
    await tx.run(
        "INSERT INTO kernel.head (size, epoch, root, frontier, signed_at, algorithm, signature) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        head.size, head.epoch, head.root, head.frontier, head.signed_at, head.algorithm, head.signature,
    )  # fmt: skip


async def heads(tx: ReadTx) -> list[Head]:
    rows = await tx.all("SELECT size, epoch, root, frontier, signed_at, algorithm, signature FROM kernel.head ORDER BY size")
    return [Head(node=tx.node.code, **dict(row)) for row in rows]


async def head(tx: ReadTx, size: int | None = None) -> Head | None:
    """The one of this size, or the newest."""
    row = await tx.one(
        """SELECT size, epoch, root, frontier, signed_at, algorithm, signature FROM kernel.head
           WHERE $1::bigint IS NULL OR size = $1 ORDER BY size DESC LIMIT 1""",
        size,
    )
    return Head(node=tx.node.code, **dict(row)) if row else None


async def sealed_event(tx: ReadTx, event: UUID) -> tuple[int, Recorded] | None:
    """With its position."""
    row = await tx.one(f"SELECT {COLUMNS}, position FROM kernel.seal s JOIN kernel.event e ON e.id = s.event WHERE s.event = $1", event)  # noqa: S608
    return (row["position"], _recorded(row)) if row else None


async def hashes(tx: ReadTx, band: int, spans: Sequence[tuple[int, int]]) -> dict[int, bytes]:
    """By number, from 0: leaves where `band` is 0, else roots of complete subtrees, as far as they are kept."""
    source = "SELECT position - 1 AS number, leaf AS root FROM kernel.seal WHERE position > r.first AND position <= r.last"
    kept = "SELECT number, root FROM kernel.subtree WHERE band = $3 AND number >= r.first AND number < r.last"
    rows = await tx.all(
        f"SELECT number, root FROM unnest($1::bigint[], $2::bigint[]) AS r(first, last), LATERAL ({kept if band else source}) AS found",  # noqa: S608
        [start for start, _ in spans], [end for _, end in spans], *([band] if band else []),
    )  # fmt: skip
    return {row["number"]: row["root"] for row in rows}


async def subtrees(tx: ReadTx, band: int) -> int:
    """How many of this band are kept: from the first on, without a gap."""
    return int(await tx.value("SELECT coalesce(max(number) + 1, 0) FROM kernel.subtree WHERE band = $1", band))


async def insert_subtrees(tx: WriteTx, band: int, first: int, roots: Sequence[bytes]) -> None:
    await tx.run(
        "INSERT INTO kernel.subtree (band, number, root) SELECT $1, * FROM unnest($2::bigint[], $3::bytea[])",
        band, list(range(first, first + len(roots))), roots,
    )  # fmt: skip


async def sealed(tx: ReadTx, after: int, limit: int) -> list[Recorded]:
    rows = await tx.all(
        f"""SELECT {COLUMNS}, position FROM kernel.seal s JOIN kernel.event e ON e.id = s.event
            WHERE position > $1 ORDER BY position LIMIT $2""",  # noqa: S608
        after, limit,
    )  # fmt: skip
    return [_recorded(row) for row in rows]


async def leaves(tx: ReadTx, after: int, limit: int) -> list[tuple[int, bytes, Recorded | None]]:
    """For verification: position, stored leaf and the event, None where the event is gone."""
    rows = await tx.all(
        f"""SELECT s.position, s.leaf, {COLUMNS} FROM kernel.seal s LEFT JOIN kernel.event e ON e.id = s.event
            WHERE s.position > $1 ORDER BY s.position LIMIT $2""",  # noqa: S608
        after, limit,
    )  # fmt: skip
    return [(row["position"], bytes(row["leaf"]), _present(row)) for row in rows]


def _present(row: asyncpg.Record) -> Recorded | None:
    return Recorded(**{name: row[name] for name in FIELDS}) if row["id"] else None


async def open_epoch(connection: asyncpg.Connection) -> None:
    """As the owner, after a restore, where transaction numbers start anew: unsealed events get one below every new transaction,
    so that the sealer finds them.
    """
    # The seconds since 2026, so that a backup that is restored twice does not open the same epoch again.
    await connection.execute(
        "UPDATE kernel.sealer SET epoch = greatest(epoch + 1, extract(epoch FROM now() - timestamptz '2026-01-01 00:00:00+00')::int), watermark = '0'"
    )
    await connection.execute("UPDATE kernel.event e SET transaction = '0' WHERE NOT EXISTS (SELECT 1 FROM kernel.seal s WHERE s.event = e.id)")


async def before_epoch(tx: ReadTx, epoch: int) -> tuple[int, bytes] | None:
    """Size and root of the longest head of the epochs before."""
    row = await tx.one("SELECT size, root FROM kernel.head WHERE epoch < $1 ORDER BY size DESC LIMIT 1", epoch)
    return (row["size"], row["root"]) if row else None


async def insert_opening(tx: WriteTx, opening: Opening) -> None:
    await tx.run(
        "INSERT INTO kernel.epoch (epoch, size, root, opened_at, published_size, published_root) VALUES ($1, $2, $3, $4, $5, $6)",
        opening.epoch, opening.size, opening.root, opening.opened_at, opening.published_size, opening.published_root,
    )  # fmt: skip


async def openings(tx: ReadTx, after: int) -> list[Opening]:
    """Of later epochs, not signed yet."""
    rows = await tx.all(
        "SELECT epoch, size, root, opened_at, published_size, published_root FROM kernel.epoch WHERE epoch > $1 ORDER BY epoch", after
    )
    return [Opening(node=tx.node.code, **dict(row)) for row in rows]


async def sealing(tx: ReadTx) -> Sealing:
    row = await tx.one(
        """SELECT coalesce(h.size, 0) AS position, h.signed_at AS head_at, count(e.id) AS unsealed, min(e.recorded_at) AS oldest_unsealed
           FROM kernel.sealer z LEFT JOIN (SELECT size, signed_at FROM kernel.head ORDER BY size DESC LIMIT 1) h ON true
           LEFT JOIN kernel.event e ON e.transaction >= z.watermark AND NOT EXISTS (SELECT 1 FROM kernel.seal s WHERE s.event = e.id)
           GROUP BY h.size, h.signed_at"""
    )
    return Sealing(**dict(row)) if row else Sealing(0, None, 0, None)


async def of_subject(tx: ReadTx, subject: str) -> list[Recorded]:
    rows = await tx.all(f"SELECT {COLUMNS} FROM kernel.event WHERE subject = $1 ORDER BY recorded_at, id", subject)  # noqa: S608
    return [_recorded(row) for row in rows]


async def reader_position(tx: WriteTx, name: str) -> int:
    """Takes the reader's row lock, so that two workers never count the same event twice."""
    await tx.run("INSERT INTO kernel.reader (name, position) VALUES ($1, 0) ON CONFLICT DO NOTHING", name)
    return int(await tx.value("SELECT position FROM kernel.reader WHERE name = $1 FOR UPDATE", name))


async def move_reader(tx: WriteTx, name: str, position: int) -> None:
    await tx.run("UPDATE kernel.reader SET position = $2 WHERE name = $1", name, position)
