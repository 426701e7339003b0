"""SQL of the relying party: who left for the issuer, and who came back."""

from datetime import date, datetime
from uuid import UUID

from dinh.identity.sessions.contracts import Arrival, Departure, Reach, Session
from dinh.kernel.transactions import ReadTx, WriteTx


async def leave(tx: WriteTx, hash_: bytes, leaving: Departure) -> None:
    await tx.run(
        """INSERT INTO identity.departure (hash, state, nonce, verifier, next, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6::timestamptz + interval '30 minutes')""",
        hash_, leaving.state, leaving.nonce, leaving.verifier, leaving.next, tx.now,
    )  # fmt: skip


async def come_back(tx: WriteTx, hash_: bytes) -> Departure | None:
    """Once only."""
    row = await tx.one("DELETE FROM identity.departure WHERE hash = $1 AND expires_at > $2 RETURNING state, nonce, verifier, next", hash_, tx.now)
    return Departure(**dict(row)) if row else None


async def open_session(tx: WriteTx, hash_: bytes, arrival: Arrival, level: int, expires: datetime, idle: datetime) -> None:
    await tx.run(
        """INSERT INTO identity.session (hash, person, assurance, authenticated_at, id_token, opened_at, expires_at, idle_until)
           VALUES ($1, $2, $3, to_timestamp($4), $5, $6, $7, $8)""",
        hash_, arrival.sub, level, arrival.auth_time, arrival.id_token, tx.now, expires, idle,
    )  # fmt: skip


async def close_session(tx: WriteTx, hash_: bytes) -> str | None:
    """The ID token of the session that was closed, for the issuer's `id_token_hint`."""
    hint: str | None = await tx.value("DELETE FROM identity.session WHERE hash = $1 RETURNING id_token", hash_)
    return hint


async def whose(tx: ReadTx, hash_: bytes) -> str | None:
    """Also of a session that has run out and was not purged yet; none of one in which its person acted for another."""
    found: str | None = await tx.value("SELECT person FROM identity.session WHERE hash = $1 AND mandate IS NULL", hash_)
    return found


async def session(tx: ReadTx, hash_: bytes) -> Session | None:
    row = await tx.one(
        """SELECT person, assurance, authenticated_at, idle_until, mandate, mandate_of FROM identity.session
           WHERE hash = $1 AND expires_at > $2 AND idle_until > $2""",
        hash_, tx.now,
    )  # fmt: skip
    return Session(**dict(row)) if row else None


async def reach(tx: ReadTx, mandate: UUID, representative: str, today: date) -> Reach | None:
    """None once it has ended or expired, and for anyone else's."""
    row = await tx.one(
        """SELECT represented, parts, procedures, basis FROM identity.mandate
           WHERE id = $1 AND representative = $2 AND ended_at IS NULL AND ends_on > $3""",
        mandate, representative, today,
    )  # fmt: skip
    return Reach(**dict(row)) if row else None


async def choose(tx: WriteTx, old: bytes, new: bytes, mandate: UUID | None, name: bytes | None) -> bool:
    """Another secret for the same session: what was opened under the one before cannot be sent any more."""
    return bool(
        await tx.run(
            "UPDATE identity.session SET hash = $2, mandate = $3, mandate_of = $4 WHERE hash = $1 AND expires_at > $5 AND idle_until > $5",
            old, new, mandate, name, tx.now,
        )
    )  # fmt: skip


EXPIRING = ("attempt", "sign_in", "code", "access_token", "assertion", "departure", "session")


async def purge(tx: WriteTx) -> int:
    """What expired a day ago: long enough for a late replay to be recognised."""
    gone = 0
    for table in EXPIRING:
        gone += await tx.run(f"DELETE FROM identity.{table} WHERE expires_at < $1::timestamptz - interval '1 day'", tx.now)  # noqa: S608
    return gone + await tx.run("DELETE FROM identity.rate_mark WHERE expires_at < $1", tx.now.timestamp())


async def prolong(tx: WriteTx, hash_: bytes, idle: datetime) -> None:
    await tx.run("UPDATE identity.session SET idle_until = $2 WHERE hash = $1", hash_, idle)
