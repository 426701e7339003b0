"""SQL of consents. Row-level security leaves out other people's."""

from datetime import date
from uuid import UUID

import asyncpg

from dinh.exchange.consents.contracts import Consent, Use
from dinh.kernel.transactions import ReadTx, WriteTx

_COLUMNS = "id, service, client, purpose, given_at, ends_on, withdrawn_at"


def _consent(row: asyncpg.Record) -> Consent:
    return Consent(
        id=row["id"], use=Use(row["service"], row["client"], row["purpose"]), given_at=row["given_at"], ends_on=row["ends_on"],
        withdrawn_at=row["withdrawn_at"],
    )  # fmt: skip


async def insert(tx: WriteTx, consent: UUID, person: str, use: Use, ends_on: date) -> bool:
    """False when one stands already."""
    return bool(
        await tx.run(
            """INSERT INTO exchange.consent (id, person, service, client, purpose, given_at, ends_on) VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT DO NOTHING""",
            consent, person, use.service, use.client, use.purpose, tx.now, ends_on,
        )
    )  # fmt: skip


async def withdraw(tx: WriteTx, person: str, use: Use) -> bool:
    return bool(
        await tx.run(
            """UPDATE exchange.consent SET withdrawn_at = $5
               WHERE person = $1 AND service = $2 AND client = $3 AND purpose = $4 AND withdrawn_at IS NULL""",
            person, use.service, use.client, use.purpose, tx.now,
        )
    )  # fmt: skip


async def of_person(tx: ReadTx, person: str) -> list[Consent]:
    rows = await tx.all(f"SELECT {_COLUMNS} FROM exchange.consent WHERE person = $1 ORDER BY given_at DESC, id LIMIT 200", person)  # noqa: S608
    return [_consent(row) for row in rows]


async def standing(tx: ReadTx, person: str, use: Use, today: date) -> bool:
    return bool(
        await tx.value(
            """SELECT 1 FROM exchange.consent
               WHERE person = $1 AND service = $2 AND client = $3 AND purpose = $4 AND withdrawn_at IS NULL AND ends_on > $5""",
            person, use.service, use.client, use.purpose, today,
        )
    )  # fmt: skip
