"""SQL of what monitoring reads."""

from datetime import datetime

import asyncpg

from dinh.exchange.monitoring.contracts import Mark
from dinh.kernel.transactions import ReadTx


async def calls(tx: ReadTx, after: Mark, until: datetime, limit: int) -> list[asyncpg.Record]:
    """In the order kept, behind a mark and before a moment."""
    return await tx.all(
        """SELECT id, side, service, client, provider, client_subsystem, provider_subsystem, method, message_id, status, refusal, request_in, request_out,
             response_in, response_out, request_size, response_size
           FROM exchange.call WHERE response_out >= $1 AND response_out < $4 AND (response_out, id, side) > ($1, $2, $3)
           ORDER BY response_out, id, side LIMIT $5""",
        *after, until, limit,
    )  # fmt: skip
