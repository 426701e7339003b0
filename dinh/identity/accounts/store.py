"""SQL of accounts and attempts to sign in."""

from collections.abc import Sequence
from uuid import UUID

from dinh.identity.accounts.contracts import Account
from dinh.kernel.transactions import ReadTx, WriteTx

_ACCOUNT = "a.id, a.person, a.password_hash, a.totp_secret, a.identity_level"


async def insert(tx: WriteTx, account: Account, number_hash: bytes) -> bool:
    """False when the number has an account already."""
    return bool(
        await tx.run(
            """INSERT INTO identity.account (id, person, number_hash, password_hash, totp_secret, identity_level, opened_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (number_hash) DO NOTHING""",
            account.id, account.person, number_hash, account.password_hash, account.totp_secret, account.identity_level, tx.now,
        )
    )  # fmt: skip


async def by_number(tx: ReadTx, number_hash: bytes) -> Account | None:
    row = await tx.one(f"SELECT {_ACCOUNT} FROM identity.account a WHERE number_hash = $1", number_hash)  # noqa: S608
    return Account(**dict(row)) if row else None


async def by_person(tx: ReadTx, person: str) -> Account | None:
    row = await tx.one(f"SELECT {_ACCOUNT} FROM identity.account a WHERE person = $1", person)  # noqa: S608
    return Account(**dict(row)) if row else None


async def holders(tx: ReadTx, persons: Sequence[str], hashes: Sequence[bytes]) -> set[str]:
    rows = await tx.all("SELECT person FROM identity.account WHERE person = ANY ($1) OR number_hash = ANY ($2)", persons, hashes)
    return {row["person"] for row in rows}


async def insert_attempt(tx: WriteTx, hash_: bytes, account: UUID, next_: str) -> None:
    await tx.run(
        "INSERT INTO identity.attempt (hash, account, next, expires_at) VALUES ($1, $2, $3, $4::timestamptz + interval '5 minutes')",
        hash_, account, next_, tx.now,
    )  # fmt: skip


async def lock_attempt(tx: WriteTx, hash_: bytes) -> tuple[Account, str] | None:
    row = await tx.one(
        f"""SELECT {_ACCOUNT}, t.next FROM identity.attempt t JOIN identity.account a ON a.id = t.account
            WHERE t.hash = $1 AND t.expires_at > $2 FOR UPDATE OF t""",  # noqa: S608
        hash_, tx.now,
    )  # fmt: skip
    if row is None:
        return None
    values = dict(row)
    next_ = values.pop("next")
    return Account(**values), next_


async def end_attempt(tx: WriteTx, hash_: bytes) -> None:
    await tx.run("DELETE FROM identity.attempt WHERE hash = $1", hash_)


async def use_step(tx: WriteTx, account: UUID, step: int) -> bool:
    """False when this step, or a later one, was used already."""
    return await tx.value("UPDATE identity.account SET totp_step = $2 WHERE id = $1 AND totp_step < $2 RETURNING true", account, step) is True


async def open_sign_in(tx: WriteTx, hash_: bytes, sid: str, account: UUID, acr: str) -> None:
    await tx.run(
        """INSERT INTO identity.sign_in (hash, sid, account, auth_time, acr, amr, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7::timestamptz + interval '8 hours')""",
        hash_, sid, account, int(tx.now.timestamp()), acr, ["pwd", "otp", "mfa"], tx.now,
    )  # fmt: skip


async def close_sign_in(tx: WriteTx, hash_: bytes) -> None:
    await tx.run("DELETE FROM identity.sign_in WHERE hash = $1", hash_)
