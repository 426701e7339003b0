"""SQL of heads: those of other nodes as they were shown, and to whom this node shows its own."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import asyncpg
import msgspec

from dinh.exchange.heads.contracts import Countersignature, Reason, Shower
from dinh.kernel.events import Opening, SignedHead
from dinh.kernel.transactions import ReadTx, WriteTx

# Contradictions kept of one node.
MOST_PROOFS = 50
HEAD = "node, epoch, size, root, signed_at, algorithm, signature"
OPENING = "node, epoch, size, root, opened_at, published_size, published_root, algorithm, signature"


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


async def keep_contradiction(tx: WriteTx, held: SignedHead, reason: Reason, letter: bytes, within: timedelta) -> bool:
    """False when this head has been contradicted before, or enough of its node's were within this time: one is proof, and letters are long."""
    added = await tx.run(
        """INSERT INTO exchange.contradiction (node, held_epoch, held_size, reason, letter, found_at) SELECT $1, $2::int, $3::bigint, $4, $5::bytea, $6::timestamptz
           WHERE (SELECT count(*) FROM exchange.contradiction WHERE node = $1 AND found_at > $6 - $7::interval) < $8 ON CONFLICT DO NOTHING""",
        held.node, held.epoch, held.size, reason, letter, tx.now, within, MOST_PROOFS,
    )  # fmt: skip
    return bool(added)


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


async def doubts(tx: ReadTx, within: timedelta) -> tuple[list[str], list[str]]:
    """Nodes whose heads contradict each other, and nodes that refuse this one's."""
    first = await tx.all("SELECT DISTINCT node FROM exchange.contradiction WHERE found_at > $1 ORDER BY node", tx.now - within)
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
