"""SQL of the meter."""

from collections.abc import Mapping
from datetime import date

from dinh.exchange.metering.contracts import Amount, Line, Use
from dinh.kernel.transactions import ReadTx, WriteTx


async def totals(tx: ReadTx, day: date) -> dict[Use, int]:
    rows = await tx.all(
        "SELECT client, client_subsystem, provider, provider_subsystem, service, purpose, calls FROM exchange.meter WHERE day = $1", day
    )
    return {Use(day, Line(*row[:6])): row["calls"] for row in rows}


async def add(tx: WriteTx, amounts: Mapping[Use, Amount]) -> dict[Use, int]:
    """The calls of each line of its day, with these. Locks the lines, in one order everywhere."""
    rows = [
        (use.day, line.client, line.client_subsystem, line.provider, line.provider_subsystem, line.service, line.purpose,
         one.calls, one.refused, one.bytes_in, one.bytes_out)
        for use, one in sorted(amounts.items()) for line in (use.line,)
    ]  # fmt: skip
    found = await tx.all(
        """INSERT INTO exchange.meter AS old (day, client, client_subsystem, provider, provider_subsystem, service, purpose, calls, refused, bytes_in, bytes_out)
            SELECT * FROM unnest($1::date[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                                 $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
            ON CONFLICT (day, client, client_subsystem, provider, provider_subsystem, service, purpose) DO UPDATE SET calls = old.calls + excluded.calls, refused = old.refused + excluded.refused,
              bytes_in = old.bytes_in + excluded.bytes_in, bytes_out = old.bytes_out + excluded.bytes_out
            RETURNING day, client, client_subsystem, provider, provider_subsystem, service, purpose, calls""",
        *zip(*rows, strict=True),
    )
    return {Use(row["day"], Line(*row[1:7])): row["calls"] for row in found}
