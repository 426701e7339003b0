"""SQL of contacts. Row-level security leaves out other people's."""

from datetime import datetime
from uuid import UUID

import asyncpg

from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.notices.contacts.contracts import Contact, Proposal
from dinh.notices.definitions import Channel

_CONTACT = "id, person, channel, key, sealed, language, wanted, confirmed_at, bounced_at"
_PROPOSAL = "id, person, channel, key, sealed, language, code_hash, attempts, expires_at, bounced_at"


def _contact(row: asyncpg.Record | None) -> Contact | None:
    return Contact(**dict(row)) if row else None


def _proposal(row: asyncpg.Record | None) -> Proposal | None:
    return Proposal(**dict(row)) if row else None


async def contacts(tx: ReadTx, person: str) -> list[Contact]:
    rows = await tx.all(f"SELECT {_CONTACT} FROM notices.contact WHERE person = $1 ORDER BY channel", person)  # noqa: S608
    return [Contact(**dict(row)) for row in rows]


async def contact(tx: ReadTx, contact_id: UUID) -> Contact | None:
    return _contact(await tx.one(f"SELECT {_CONTACT} FROM notices.contact WHERE id = $1", contact_id))  # noqa: S608


async def by_leave(tx: ReadTx, leave_hash: bytes) -> Contact | None:
    return _contact(await tx.one(f"SELECT {_CONTACT} FROM notices.contact WHERE leave_hash = $1", leave_hash))  # noqa: S608


async def put_contact(tx: WriteTx, contact: Contact, leave_hash: bytes) -> None:
    """In the place of an earlier address of this channel."""
    await tx.run(
        f"""INSERT INTO notices.contact ({_CONTACT}, leave_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (person, channel) DO UPDATE SET id = excluded.id, key = excluded.key, sealed = excluded.sealed,
              language = excluded.language, wanted = excluded.wanted, confirmed_at = excluded.confirmed_at, bounced_at = NULL,
              leave_hash = excluded.leave_hash""",  # noqa: S608
        contact.id, contact.person, contact.channel, contact.key, contact.sealed, contact.language, contact.wanted, contact.confirmed_at,
        contact.bounced_at, leave_hash,
    )  # fmt: skip


async def choose(tx: WriteTx, contact_id: UUID, *, wanted: bool) -> bool:
    """False when it was so already."""
    return bool(await tx.run("UPDATE notices.contact SET wanted = $2 WHERE id = $1 AND wanted <> $2", contact_id, wanted))


async def speak(tx: WriteTx, person: str, language: str) -> bool:
    return bool(await tx.run("UPDATE notices.contact SET language = $2 WHERE person = $1 AND language <> $2", person, language))


async def remove(tx: WriteTx, person: str, channel: Channel) -> UUID | None:
    removed: UUID | None = await tx.value("DELETE FROM notices.contact WHERE person = $1 AND channel = $2 RETURNING id", person, channel)
    return removed


async def mark_bounced(tx: WriteTx, contact_id: UUID) -> bool:
    """A contact or a proposal; False when neither is there any more, or it was known."""
    return bool(
        await tx.run("UPDATE notices.contact SET bounced_at = $2 WHERE id = $1 AND bounced_at IS NULL", contact_id, tx.now)
        or await tx.run("UPDATE notices.proposal SET bounced_at = $2 WHERE id = $1 AND bounced_at IS NULL", contact_id, tx.now)
    )


async def proposals(tx: ReadTx, person: str) -> list[Proposal]:
    rows = await tx.all(f"SELECT {_PROPOSAL} FROM notices.proposal WHERE person = $1 AND expires_at > $2", person, tx.now)  # noqa: S608
    return [Proposal(**dict(row)) for row in rows]


async def proposal(tx: ReadTx, proposal_id: UUID) -> Proposal | None:
    return _proposal(await tx.one(f"SELECT {_PROPOSAL} FROM notices.proposal WHERE id = $1", proposal_id))  # noqa: S608


async def lock_proposal(tx: WriteTx, person: str, channel: Channel) -> Proposal | None:
    row = await tx.one(f"SELECT {_PROPOSAL} FROM notices.proposal WHERE person = $1 AND channel = $2 FOR UPDATE", person, channel)  # noqa: S608
    return _proposal(row)


async def put_proposal(tx: WriteTx, proposal: Proposal) -> None:
    """In the place of an earlier one: its code is worth nothing from then on."""
    await tx.run(
        f"""INSERT INTO notices.proposal ({_PROPOSAL}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (person, channel) DO UPDATE SET id = excluded.id, key = excluded.key, sealed = excluded.sealed,
              language = excluded.language, code_hash = excluded.code_hash, attempts = 0, expires_at = excluded.expires_at, bounced_at = NULL""",  # noqa: S608
        proposal.id, proposal.person, proposal.channel, proposal.key, proposal.sealed, proposal.language, proposal.code_hash, proposal.attempts,
        proposal.expires_at, proposal.bounced_at,
    )  # fmt: skip


async def count_attempt(tx: WriteTx, proposal_id: UUID) -> None:
    await tx.run("UPDATE notices.proposal SET attempts = attempts + 1 WHERE id = $1", proposal_id)


async def drop_proposal(tx: WriteTx, person: str, channel: Channel) -> UUID | None:
    dropped: UUID | None = await tx.value("DELETE FROM notices.proposal WHERE person = $1 AND channel = $2 RETURNING id", person, channel)
    return dropped


async def note_asked(tx: WriteTx, *hashes: bytes) -> None:
    await tx.run_many("INSERT INTO notices.asked (hash, asked_at) VALUES ($1, $2)", [(hash_, tx.now) for hash_ in hashes])


async def asked_since(tx: ReadTx, hash_: bytes, since: datetime) -> int:
    return int(await tx.value("SELECT count(*) FROM notices.asked WHERE hash = $1 AND asked_at > $2", hash_, since))


async def forget(tx: WriteTx, before: datetime) -> int:
    gone = await tx.run("DELETE FROM notices.proposal WHERE expires_at < $1", before)
    return gone + await tx.run("DELETE FROM notices.asked WHERE asked_at < $1", before)
