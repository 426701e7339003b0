"""SQL of the register of cases. Row-level security leaves out other units'."""

from datetime import datetime

import asyncpg

from dinh.kernel.transactions import ReadTx


async def count_received(tx: ReadTx, since: datetime, until: datetime) -> int:
    return int(await tx.value("SELECT count(*) FROM cases.case WHERE received_at >= $1 AND received_at < $2", since, until))


async def received(tx: ReadTx, since: datetime, until: datetime, limit: int) -> list[asyncpg.Record]:
    """In order of receipt."""
    return await tx.all(
        """SELECT code, procedure, version, received_at, due_on, promised_on, settled_at, state FROM cases.case
           WHERE received_at >= $1 AND received_at < $2 ORDER BY received_at, code LIMIT $3""",
        since, until, limit,
    )  # fmt: skip
