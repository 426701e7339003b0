"""SQL of the overview. Each statement reads a bounded part of one index."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from dinh.exchange.overview.contracts import KEPT, MOST, MOST_FRESH, MOST_WAITING, SAMPLE, SLICE, Batches, Count, Gap, Slow, Spread, Waiting
from dinh.kernel.transactions import ReadTx, WriteTx

_OUTCOME = "CASE WHEN refusal <> '' THEN 'refused' WHEN status >= 500 THEN 'failed' ELSE 'answered' END"
_TIMES = {"whole": "response_out - request_in", "before": "request_out - request_in", "elsewhere": "response_in - request_out",
          "after": "response_out - response_in"}  # fmt: skip
_SPREADS = ", ".join(
    f"percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY 1000 * extract(epoch FROM {times})::float8) AS {name}"
    for name, times in _TIMES.items()
)
_NEWEST = f"""(SELECT side, client, provider, service, request_in, request_out, response_in, response_out, request_batch, answer_batch
  FROM exchange.call WHERE response_out >= $1 ORDER BY response_out DESC LIMIT {SAMPLE}) newest"""  # noqa: S608


async def fresh(tx: ReadTx, minute: datetime, hour: datetime, day: datetime, counted: datetime) -> tuple[int, list[Count]]:
    """How many of the newest calls were read, and what they come to. Hour and day of each begin at `counted`, if not later: earlier calls stand in slices."""
    rows = await tx.all(
        f"""SELECT side, {_OUTCOME} AS outcome, left(refusal, 60) AS refusal,
             CASE WHEN refusal = '' THEN '' ELSE client END AS client, count(*) AS read,
             count(*) FILTER (WHERE response_out >= $1::timestamptz) AS minute, count(*) FILTER (WHERE response_out >= greatest($2::timestamptz, $4)) AS hour,
             count(*) FILTER (WHERE response_out >= greatest($3::timestamptz, $4)) AS day
           FROM (SELECT side, refusal, status, client, response_out FROM exchange.call WHERE response_out >= least($1::timestamptz, $4)
             ORDER BY response_out DESC LIMIT {MOST_FRESH}) newest GROUP BY 1, 2, 3, 4""",  # noqa: S608
        minute, hour, day, counted,
    )  # fmt: skip
    return sum(row["read"] for row in rows), [msgspec.convert(dict(row), Count) for row in rows]


async def slices(tx: ReadTx, hour: datetime, day: datetime) -> list[Count]:
    """Counted before. Of the last minute they tell nothing."""
    rows = await tx.all(
        """SELECT side, outcome, refusal, client, 0 AS minute, coalesce(sum(calls) FILTER (WHERE at >= $1), 0)::bigint AS hour,
             coalesce(sum(calls) FILTER (WHERE at >= $2), 0)::bigint AS day
           FROM exchange.slice WHERE at >= least($1, $2) GROUP BY 1, 2, 3, 4""",
        hour, day,
    )  # fmt: skip
    return [Count(**dict(row)) for row in rows]


async def counted_until(tx: ReadTx) -> datetime | None:
    """The end of the last slice."""
    newest: datetime | None = await tx.value("SELECT max(at) FROM exchange.slice")
    return newest and newest + SLICE


async def first_since(tx: ReadTx, start: datetime, end: datetime) -> datetime | None:
    """When the first call of this time was answered."""
    found: datetime | None = await tx.value(
        "SELECT response_out FROM exchange.call WHERE response_out >= $1 AND response_out < $2 ORDER BY response_out LIMIT 1", start, end
    )
    return found


async def count(tx: WriteTx, start: datetime, end: datetime) -> None:
    """Slices between two whole ones. What another process has counted meanwhile is the same and stays."""
    await tx.run(
        f"""INSERT INTO exchange.slice (at, side, outcome, refusal, client, calls)
           SELECT date_bin($3, response_out, $1), side, {_OUTCOME}, left(refusal, 60), CASE WHEN refusal = '' THEN '' ELSE client END, count(*)
           FROM exchange.call WHERE response_out >= $1 AND response_out < $2 GROUP BY 1, 2, 3, 4, 5 ON CONFLICT DO NOTHING""",  # noqa: S608
        start, end, SLICE,
    )  # fmt: skip


async def forget(tx: WriteTx) -> None:
    await tx.run("DELETE FROM exchange.slice WHERE at < $1", tx.now - KEPT)


async def minute(tx: ReadTx, start: datetime, end: datetime) -> dict[tuple[str, str], int]:
    """Calls by side and outcome."""
    rows = await tx.all(
        f"""SELECT side, {_OUTCOME} AS outcome, count(*) AS calls
           FROM exchange.call WHERE response_out >= $1 AND response_out < $2 GROUP BY 1, 2""",  # noqa: S608
        start, end,
    )  # fmt: skip
    return {(row["side"], row["outcome"]): row["calls"] for row in rows}


async def slowest(tx: ReadTx, hour: datetime) -> list[Slow]:
    rows = await tx.all(
        f"SELECT side, provider, service, count(*) AS calls, {_SPREADS} FROM {_NEWEST} GROUP BY 1, 2, 3",  # noqa: S608
        hour,
    )
    found = [
        Slow(
            row["side"], row["provider"], row["service"], row["calls"], Spread(*row["whole"]),
            {stage: Spread(*row[stage]) for stage in ("before", "elsewhere", "after")},
        ) for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: -one.whole.p95)[:MOST]


async def batches(tx: ReadTx, hour: datetime) -> Batches:
    row = await tx.one(
        f"SELECT count(*) AS calls, count(DISTINCT request_batch) + count(DISTINCT answer_batch) AS signatures FROM {_NEWEST}",  # noqa: S608
        hour,
    )
    return Batches(**dict(row or {"calls": 0, "signatures": 0}))


async def others(tx: ReadTx, hour: datetime) -> list[tuple[str, int, datetime]]:
    """The member at the other end, its calls, and the newest of them."""
    rows = await tx.all(
        f"""SELECT CASE side WHEN 'client' THEN provider ELSE client END AS member, count(*) AS calls, max(response_out) AS last
            FROM {_NEWEST} GROUP BY 1""",  # noqa: S608
        hour,
    )
    return [(row["member"], row["calls"], row["last"]) for row in rows]


async def waiting(tx: ReadTx) -> Waiting:
    row = await tx.one(
        """SELECT (SELECT count(*) FROM (SELECT 1 FROM exchange.unstamped LIMIT $1) few) AS count,
             (SELECT made_at FROM exchange.unstamped ORDER BY made_at LIMIT 1) AS oldest""",
        MOST_WAITING + 1,
    )
    return Waiting(**dict(row or {"count": 0, "oldest": None}))


async def gaps(tx: ReadTx) -> list[Gap]:
    """The open ones first, then the last that were closed."""
    rows = await tx.all("SELECT part, opened_at, closed_at FROM exchange.gap ORDER BY closed_at DESC NULLS FIRST, opened_at DESC LIMIT $1", MOST)
    return [Gap(**dict(row)) for row in rows]


async def used(tx: ReadTx, day: date, services: Sequence[str]) -> list[tuple[str, str, str, str, str, str, int]]:
    """Client, its subsystem, provider, its subsystem, service, purpose, calls."""
    rows = await tx.all(
        """SELECT client, client_subsystem, provider, provider_subsystem, service, purpose, calls FROM exchange.meter
           WHERE day = $1 AND service = ANY ($2) ORDER BY calls DESC""",
        day, services,
    )  # fmt: skip
    return [tuple(row) for row in rows]  # type: ignore[misc]
