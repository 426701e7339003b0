"""SQL of the meter."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import asyncpg
import msgspec

from dinh.exchange.metering.contracts import Amount, Line, Use
from dinh.kernel.transactions import ReadTx

_LINE = "day, client, client_subsystem, provider, provider_subsystem, service, purpose"


async def totals(tx: ReadTx, day: date) -> dict[Use, int]:
    return totals_of(await tx.all(f"SELECT {_LINE}, calls FROM exchange.meter WHERE day = $1", day))  # noqa: S608 - a constant


def adding(first: int) -> str:
    """The statement that counts, with parameters from `$first` on: one array a column, in the order of `columns_of`. Locks the lines, in one order
    everywhere, and gives what each has come to: for `totals_of`.
    """
    arrays = ", ".join(f"${at}::{kind}[]" for at, kind in enumerate(("date", *["text"] * 6, *["bigint"] * 4), first))
    return f"""INSERT INTO exchange.meter AS old ({_LINE}, calls, refused, bytes_in, bytes_out) SELECT * FROM unnest({arrays})
      ON CONFLICT ({_LINE}) DO UPDATE SET calls = old.calls + excluded.calls, refused = old.refused + excluded.refused,
        bytes_in = old.bytes_in + excluded.bytes_in, bytes_out = old.bytes_out + excluded.bytes_out
      RETURNING {_LINE}, calls"""  # noqa: S608 - constants


def columns_of(amounts: Mapping[Use, Amount]) -> list[tuple[Any, ...]]:
    rows = [
        (use.day, *msgspec.structs.astuple(use.line), one.calls, one.refused, one.bytes_in, one.bytes_out) for use, one in sorted(amounts.items())
    ]  # fmt: skip
    return list(zip(*rows, strict=True))


def totals_of(rows: Iterable[asyncpg.Record]) -> dict[Use, int]:
    return {Use(row[0], Line(*row[1:7])): row[7] for row in rows}
