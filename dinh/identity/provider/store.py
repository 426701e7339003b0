"""Every SQL statement of the provider."""

from uuid import UUID

import msgspec

from dinh.identity.provider.contracts import STATE, Access, Assertion, Client, Code, SignedIn
from dinh.kernel import ids
from dinh.kernel.transactions import ReadTx, WriteTx


async def client(tx: ReadTx, client_id: str | None) -> Client | None:
    row = await tx.one("SELECT * FROM identity.client WHERE client_id = $1", client_id)
    return msgspec.convert(dict(row), Client) if row else None


async def add_client(tx: WriteTx, client: Client) -> None:
    await tx.run(
        """INSERT INTO identity.client (client_id, sector, redirect_uris, post_logout_redirect_uris, scopes, jwks) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (client_id) DO UPDATE SET redirect_uris = excluded.redirect_uris, jwks = excluded.jwks,
             post_logout_redirect_uris = excluded.post_logout_redirect_uris""",
        client.client_id, client.sector, client.redirect_uris, client.post_logout_redirect_uris, client.scopes, client.jwks,
    )  # fmt: skip


async def session(tx: ReadTx, hash_: bytes) -> SignedIn | None:
    row = await tx.one("SELECT account, sid, auth_time, acr, amr FROM identity.sign_in WHERE hash = $1 AND expires_at > now()", hash_)
    return SignedIn(**dict(row)) if row else None


async def reference(tx: WriteTx, sector: str, account: UUID) -> str:
    """The person's opaque name in this sector: the state's own for its nodes, a random one for each other sector."""
    if sector == STATE:
        return str(await tx.value("SELECT person FROM identity.account WHERE id = $1", account))
    made = await tx.value(
        """INSERT INTO identity.person_reference (sector, account, reference) VALUES ($1, $2, $3)
           ON CONFLICT (sector, account) DO UPDATE SET sector = excluded.sector RETURNING reference""",
        sector, account, ids.new_id(),
    )  # fmt: skip
    return str(made)


async def add_code(tx: WriteTx, c: Code) -> None:
    await tx.run(
        "INSERT INTO identity.code (hash, client_id, redirect_uri, scope, code_challenge, nonce, sid, sub, auth_time, acr, amr, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)", c.hash, c.client_id,
        c.redirect_uri, c.scope, c.code_challenge, c.nonce, c.sid, c.sub, c.auth_time, c.acr, c.amr, c.expires_at,
    )  # fmt: skip


async def lock_code(tx: WriteTx, hash_: bytes) -> Code | None:
    """Also a used or an old one; the row lock makes two redemptions wait for each other."""
    row = await tx.one("SELECT * FROM identity.code WHERE hash = $1 FOR UPDATE", hash_)
    return Code(**dict(row)) if row else None


async def use_code(tx: WriteTx, hash_: bytes) -> None:
    await tx.run("UPDATE identity.code SET used_at = coalesce(used_at, now()) WHERE hash = $1", hash_)


async def revoke_tokens_of(tx: WriteTx, code: bytes) -> None:
    await tx.run("DELETE FROM identity.access_token WHERE code = $1", code)


async def remember(tx: WriteTx, a: Assertion) -> bool:
    """False if this assertion was used before."""
    return await tx.value(
        "INSERT INTO identity.assertion VALUES ($1, $2, to_timestamp($3)) ON CONFLICT DO NOTHING RETURNING true",
        a.client_id, a.jti, a.expires,
    ) is True  # fmt: skip


async def add_token(tx: WriteTx, hash_: bytes, code: Code, seconds: int) -> None:
    await tx.run(
        "INSERT INTO identity.access_token VALUES ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 second')",
        hash_, code.hash, code.client_id, code.sid, code.sub, code.scope, code.acr, seconds,
    )  # fmt: skip


async def access(tx: ReadTx, hash_: bytes) -> Access | None:
    row = await tx.one(
        "SELECT client_id, sub, scope, acr, sid FROM identity.access_token t WHERE hash = $1 AND expires_at > now() "
        "AND EXISTS (SELECT FROM identity.sign_in s WHERE s.sid = t.sid AND s.expires_at > now())", hash_
    )  # fmt: skip
    return Access(**dict(row)) if row else None


async def end(tx: WriteTx, sid: str) -> None:
    await tx.run("DELETE FROM identity.sign_in WHERE sid = $1", sid)
    await tx.run("DELETE FROM identity.access_token WHERE sid = $1", sid)
