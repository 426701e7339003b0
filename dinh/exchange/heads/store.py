"""SQL of heads: those of other nodes as they were shown, and to whom this node shows its own."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec

from dinh.exchange.heads.contracts import Contradiction, Countersignature, Reason, Settlement, Shower
from dinh.kernel.events import Opening, SignedHead
from dinh.kernel.transactions import ReadTx, WriteTx

# Contradictions kept of one node in a while, and of those how many a newer epoch still explains: who goes on like this has to be looked at.
MOST_PROOFS, MOST_EXPLAINED = 50, 5
HEAD = "node, epoch, size, root, signed_at, algorithm, signature"
OPENING = "node, epoch, size, root, opened_at, published_size, published_root, algorithm, signature"
CONTRADICTION = "id, node, reason, held_epoch, held_size, shown_epoch, shown_size, found_at, settled_at, settled"


async def lock(tx: WriteTx, node: str) -> None:
    """One head of a node is judged at a time."""
    await tx.one("SELECT pg_advisory_xact_lock(hashtext('exchange.seen_head'), hashtext($1))", node)


def _head(row: asyncpg.Record | None) -> SignedHead | None:
    return SignedHead(**dict(row)) if row else None


async def newest(tx: ReadTx, node: str) -> SignedHead | None:
    return _head(await tx.one(f"SELECT {HEAD} FROM exchange.seen_head WHERE node = $1 ORDER BY epoch DESC, size DESC LIMIT 1", node))  # noqa: S608


async def base(tx: ReadTx, node: str, openings: Sequence[Opening]) -> SignedHead | None:
    """The longest that no later epoch began before."""
    row = await tx.one(
        f"""SELECT {HEAD} FROM exchange.seen_head h WHERE node = $1
              AND size <= coalesce((SELECT min(o.size) FROM unnest($2::int[], $3::bigint[]) AS o(epoch, size) WHERE o.epoch > h.epoch), h.size)
            ORDER BY size DESC, epoch DESC LIMIT 1""",  # noqa: S608
        node, [one.epoch for one in openings], [one.size for one in openings],
    )  # fmt: skip
    return _head(row)


async def openings(tx: ReadTx, node: str) -> list[Opening]:
    rows = await tx.all(f"SELECT {OPENING} FROM exchange.seen_opening WHERE node = $1 ORDER BY epoch", node)  # noqa: S608
    return [Opening(**dict(row)) for row in rows]


async def keep_certificate(tx: WriteTx, fingerprint: bytes, der: bytes) -> None:
    await tx.run("INSERT INTO exchange.head_certificate (fingerprint, der) VALUES ($1, $2) ON CONFLICT DO NOTHING", fingerprint, der)


async def keep_head(tx: WriteTx, head: SignedHead, certificate: bytes, witnessed_at: datetime | None) -> None:
    await tx.run(
        f"INSERT INTO exchange.seen_head ({HEAD}, certificate, seen_at, witnessed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",  # noqa: S608
        *msgspec.structs.astuple(head), certificate, tx.now, witnessed_at,
    )  # fmt: skip


async def keep_opening(tx: WriteTx, opening: Opening, certificate: bytes, lost: int) -> None:
    await tx.run(
        f"INSERT INTO exchange.seen_opening ({OPENING}, certificate, lost, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",  # noqa: S608
        *msgspec.structs.astuple(opening), certificate, lost, tx.now,
    )  # fmt: skip


async def keep_contradiction(
    tx: WriteTx, identity: UUID, held: SignedHead, shown: SignedHead, reason: Reason, letter: bytes, within: timedelta
) -> bool:
    """False when one with `held` is open, when this very head was settled, or when the node has one open and enough of it are kept: one is proof, and letters are long."""
    added = await tx.run(
        """INSERT INTO exchange.conflict (id, node, held_epoch, held_size, reason, letter, shown_epoch, shown_size, shown_root, found_at)
           SELECT $1, $2, $3::int, $4::bigint, $5, $6::bytea, $7::int, $8::bigint, $9::bytea, $10::timestamptz
           WHERE NOT EXISTS (SELECT 1 FROM exchange.conflict WHERE node = $2 AND (held_epoch, held_size) = ($3, $4) AND (settled_at IS NULL OR shown_root = $9))
             AND (NOT EXISTS (SELECT 1 FROM exchange.conflict WHERE node = $2 AND settled_at IS NULL)
               OR (SELECT count(*) FROM exchange.conflict WHERE node = $2 AND found_at > $10 - $11::interval) < $12) ON CONFLICT DO NOTHING""",
        identity, held.node, held.epoch, held.size, reason, letter, shown.epoch, shown.size, shown.root, tx.now, within, MOST_PROOFS,
    )  # fmt: skip
    return bool(added)


async def explain(tx: WriteTx, node: str, epoch: int, within: timedelta, *, witnessed: bool) -> list[Contradiction]:
    """Settle what is older than this epoch on both sides. Two histories at once, one of them the witness's, only a head with its word explains."""
    rows = await tx.all(
        f"""UPDATE exchange.conflict SET settled_at = $2::timestamptz, settled = 'epoch' WHERE node = $1 AND settled_at IS NULL AND held_epoch < $3 AND shown_epoch < $3
              AND (reason <> 'split' OR $4) AND (SELECT count(*) FROM exchange.conflict WHERE node = $1 AND found_at > $2::timestamptz - $5::interval) <= $6
            RETURNING {CONTRADICTION}""",  # noqa: S608 - constants only
        node, tx.now, epoch, witnessed, within, MOST_EXPLAINED,
    )  # fmt: skip
    return [Contradiction(**dict(row)) for row in rows]


async def contradictions(tx: ReadTx, limit: int) -> list[tuple[Contradiction, bytes | None]]:
    """All that are open, then the newest settled ones; each with its sealed reason."""
    rows = await tx.all(
        f"""SELECT {CONTRADICTION}, why FROM (
              (SELECT * FROM exchange.conflict WHERE settled_at IS NULL) UNION ALL
              (SELECT * FROM exchange.conflict WHERE settled_at IS NOT NULL ORDER BY settled_at DESC LIMIT $1)) c
            ORDER BY settled_at DESC NULLS FIRST, found_at DESC""",  # noqa: S608 - constants only
        limit,
    )  # fmt: skip
    return [(Contradiction(**{name: value for name, value in row.items() if name != "why"}), row["why"]) for row in rows]


async def locked(tx: WriteTx, identity: UUID) -> Contradiction | None:
    row = await tx.one(f"SELECT {CONTRADICTION} FROM exchange.conflict WHERE id = $1 FOR UPDATE", identity)  # noqa: S608 - constants only
    return Contradiction(**dict(row)) if row else None


async def settle(tx: WriteTx, identity: UUID, settled: Settlement, by: str | None, why: bytes) -> None:
    await tx.run(
        "UPDATE exchange.conflict SET settled_at = $2, settled = $3, settled_by = $4, why = $5 WHERE id = $1", identity, tx.now, settled, by, why
    )


async def letter(tx: ReadTx, identity: UUID) -> tuple[Reason, bytes, tuple[SignedHead, bytes] | None] | None:
    """Why it was refused, the letter, and the head that is held with its certificate: None where the letter was the first of its node."""
    row = await tx.one(
        """SELECT c.reason, c.letter, k.der, h.node, h.epoch, h.size, h.root, h.signed_at, h.algorithm, h.signature FROM exchange.conflict c
           LEFT JOIN exchange.seen_head h ON (h.node, h.epoch, h.size) = (c.node, c.held_epoch, c.held_size)
           LEFT JOIN exchange.head_certificate k ON k.fingerprint = h.certificate WHERE c.id = $1""",
        identity,
    )
    if row is None:
        return None
    reason, content, der, *head = row.values()
    return reason, content, (SignedHead(**dict(zip(HEAD.split(", "), head, strict=True))), der) if der else None


async def signed_openings(tx: ReadTx, node: str) -> list[tuple[Opening, bytes]]:
    """Each with its certificate."""
    rows = await tx.all(
        """SELECT o.node, o.epoch, o.size, o.root, o.opened_at, o.published_size, o.published_root, o.algorithm, o.signature, k.der
           FROM exchange.seen_opening o JOIN exchange.head_certificate k ON k.fingerprint = o.certificate WHERE o.node = $1 ORDER BY o.epoch""",
        node,
    )
    return [(Opening(**{name: value for name, value in row.items() if name != "der"}), row["der"]) for row in rows]


async def unwitnessed(tx: ReadTx, witness: str, age: timedelta) -> list[str]:
    """Nodes whose newest head came without a word of the witness, or with one that was older than this."""
    rows = await tx.all(
        """SELECT n.node FROM (SELECT DISTINCT node FROM exchange.seen_head WHERE node <> $1) n,
             LATERAL (SELECT seen_at, witnessed_at FROM exchange.seen_head h WHERE h.node = n.node ORDER BY epoch DESC, size DESC LIMIT 1) newest
           WHERE coalesce(witnessed_at < seen_at - $2::interval, true) ORDER BY n.node""",
        witness, age,
    )  # fmt: skip
    return [row["node"] for row in rows]


async def countersigned(tx: ReadTx, witness: str) -> Countersignature | None:
    """The witness's last word on this node's heads."""
    found = await tx.value("SELECT countersignature FROM exchange.witness WHERE node = $1", witness)
    return msgspec.msgpack.decode(found, type=Countersignature) if found else None


async def doubts(tx: ReadTx) -> tuple[list[str], list[str]]:
    """Nodes whose heads contradict each other, and nodes that refuse this one's."""
    first = await tx.all("SELECT DISTINCT node FROM exchange.conflict WHERE settled_at IS NULL ORDER BY node")
    second = await tx.all("SELECT node FROM exchange.witness WHERE disputed_at IS NOT NULL ORDER BY node")
    return [row["node"] for row in first], [row["node"] for row in second]


async def begin_round(tx: WriteTx, overlap: timedelta) -> set[str]:
    """Members with whom exchanges were kept since the last round, this node's own among them. What commits late is seen by the next one."""
    since = await tx.value("SELECT at FROM exchange.witness_round FOR UPDATE")
    rows = await tx.all("SELECT DISTINCT client, provider FROM exchange.call WHERE response_out >= $1", since - overlap)
    await tx.run("UPDATE exchange.witness_round SET at = $1", tx.now)
    return {member for row in rows for member in (row["client"], row["provider"])}


async def owe(tx: WriteTx, nodes: Collection[str]) -> None:
    await tx.run(
        "INSERT INTO exchange.witness (node, owed) SELECT n, true FROM unnest($1::text[]) AS n ON CONFLICT (node) DO UPDATE SET owed = true",
        sorted(nodes),
    )


async def owed(tx: ReadTx) -> list[Shower]:
    return [Shower(**dict(row)) for row in await tx.all("SELECT node, epoch, size, root FROM exchange.witness WHERE owed ORDER BY node")]


async def shown(tx: WriteTx, node: str) -> None:
    """It has the newest head already."""
    await tx.run("UPDATE exchange.witness SET owed = false WHERE node = $1", node)


async def witnessed(tx: WriteTx, kept: Countersignature) -> None:
    await tx.run(
        """UPDATE exchange.witness SET owed = false, epoch = $2, size = $3, root = $4, countersignature = $5, at = $6, disputed_at = NULL
           WHERE node = $1""",
        kept.witness, kept.epoch, kept.size, kept.root, msgspec.msgpack.encode(kept), kept.seen_at,
    )  # fmt: skip


async def disputed(tx: WriteTx, node: str) -> bool:
    """False when it was disputed before."""
    return bool(await tx.run("UPDATE exchange.witness SET disputed_at = $2 WHERE node = $1 AND disputed_at IS NULL", node, tx.now))


async def full_hours(tx: ReadTx, start: datetime, end: datetime, limit: int) -> list[datetime]:
    """Hours with heads that a later one of the same day proves."""
    rows = await tx.all(
        """SELECT hour FROM (SELECT DISTINCT date_trunc('hour', seen_at, 'UTC') AS hour FROM exchange.seen_head
             WHERE seen_at >= greatest($1::timestamptz, (SELECT until FROM exchange.thinned)) AND seen_at < $2) held
           WHERE EXISTS (SELECT 1 FROM exchange.seen_head h WHERE h.seen_at >= hour AND h.seen_at < hour + interval '1 hour' AND exchange.redundant(h))
           ORDER BY hour LIMIT $3""",
        start, end, limit,
    )  # fmt: skip
    return [row["hour"] for row in rows]


async def thin(tx: WriteTx, start: datetime, end: datetime) -> int:
    """The table's policy lets only redundant ones go. Hours come in their order."""
    removed = await tx.run("DELETE FROM exchange.seen_head WHERE seen_at >= $1 AND seen_at < $2", start, end)
    await tx.run(
        "UPDATE exchange.thinned SET until = greatest(until, $1) WHERE NOT EXISTS (SELECT 1 FROM exchange.conflict WHERE settled_at IS NULL)", end
    )
    return removed
