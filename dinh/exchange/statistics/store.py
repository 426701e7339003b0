"""SQL of the hours."""

from collections.abc import Sequence
from datetime import datetime

from dinh.exchange.statistics.contracts import CLASSES, SMALLEST, Day, Hourly, Line, Offered
from dinh.kernel.transactions import ReadTx, WriteTx

_TOOK = "response_out - request_in"
_LIMITS = [f"interval '{limit} milliseconds'" for limit in CLASSES]
_DURATIONS = ", ".join(
    f"count(*) FILTER (WHERE {' AND '.join(([f'{_TOOK} >= {low}'] if low else []) + ([f'{_TOOK} < {high}'] if high else []))})"
    for low, high in zip(["", *_LIMITS], [*_LIMITS, ""], strict=True)
)
# Their sum, element by element.
_SUMS = f"ARRAY[{', '.join(f'sum(durations[{at + 1}])' for at in range(len(CLASSES) + 1))}]::bigint[]"
_OUTCOME = "CASE WHEN refusal <> '' THEN 'refused' WHEN status >= 500 THEN 'failed' ELSE 'answered' END"
# At the provider, a service that was refused is the client's word: it stands only where somebody offers it.
COUNT = f"""INSERT INTO exchange.hourly (hour, side, client, provider, service, outcome, refusal, calls, bytes_in, bytes_out, durations)
  SELECT $1, side, client, provider, CASE WHEN refusal = '' OR service = ANY ($3) THEN service ELSE '' END, {_OUTCOME}, left(refusal, 60),
    count(*), sum(request_size), sum(response_size), ARRAY[{_DURATIONS}]
  FROM exchange.call WHERE response_out >= $1 AND response_out < $2 GROUP BY 2, 3, 4, 5, 6, 7"""  # noqa: S608
# What is told is a function of these lines alone, days and totals too: so nothing that is left out can be reckoned back from two answers.
PUBLISHED = f"""WITH line AS (
    SELECT hour, client, provider, service, outcome, sum(calls) AS calls, sum(bytes_in) AS bytes_in, sum(bytes_out) AS bytes_out, {_SUMS} AS durations
    FROM exchange.hourly JOIN exchange.counted USING (hour)
    WHERE final AND side = 'provider' AND hour >= $1 AND hour < $2 AND NOT client LIKE ANY ($3) AND NOT provider LIKE ANY ($3)
    GROUP BY 1, 2, 3, 4, 5
  ), told AS (
    SELECT * FROM line WHERE calls >= {SMALLEST}
    UNION ALL
    SELECT hour, '', '', '', '', sum(calls), sum(bytes_in), sum(bytes_out), {_SUMS} FROM line WHERE calls < {SMALLEST}
    GROUP BY hour HAVING sum(calls) >= {SMALLEST}
  )"""  # noqa: S608
QUICK = " + ".join(f"durations[{at + 1}]" for at in range(CLASSES.index(100) + 1))
"""Calls that took less than 100 milliseconds."""
LINES = f"""{PUBLISHED} SELECT date_trunc($4, hour, $5) AS at, client, provider, service, outcome, sum(calls)::bigint AS calls,
    sum(bytes_in)::bigint AS bytes_in, sum(bytes_out)::bigint AS bytes_out, {_SUMS} AS durations
  FROM told GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5 LIMIT $6 OFFSET $7"""  # noqa: S608
DAYS = f"""{PUBLISHED} SELECT (hour AT TIME ZONE $4)::date AS day, sum(calls)::bigint AS calls,
    coalesce(sum(calls) FILTER (WHERE outcome = 'answered'), 0)::bigint AS answered, sum({QUICK})::bigint AS quick,
    sum(bytes_in + bytes_out)::bigint AS bytes
  FROM told GROUP BY 1 ORDER BY 1 DESC"""  # noqa: S608
SERVICES = f"""{PUBLISHED} SELECT provider, service, count(DISTINCT client)::int AS clients, sum(calls)::bigint AS calls,
    coalesce(sum(calls) FILTER (WHERE outcome = 'answered'), 0)::bigint AS answered
  FROM told GROUP BY 1, 2 ORDER BY provider = '', sum(calls) DESC, 1, 2 LIMIT $4"""  # noqa: S608


async def next_hour(tx: ReadTx, zone: str, before: datetime, *, final: bool) -> datetime | None:
    """Of the first hour with calls, behind the last one that was counted, its beginning."""
    found: datetime | None = await tx.value(
        """SELECT date_trunc('hour', response_out, $1) FROM exchange.call
           WHERE response_out >= coalesce((SELECT max(hour) + interval '1 hour' FROM exchange.counted WHERE final OR NOT $3), '-infinity') AND response_out < $2
           ORDER BY response_out LIMIT 1""",
        zone, before, final,
    )  # fmt: skip
    return found


async def count(tx: WriteTx, hour: datetime, end: datetime, services: Sequence[str], *, final: bool) -> bool:
    """All its lines anew. False for an hour that is final: it stays. Locks the hour, so that two processes do not count it together."""
    claimed = await tx.run(
        """INSERT INTO exchange.counted AS old (hour, final, counted_at) VALUES ($1, $2, $3)
           ON CONFLICT (hour) DO UPDATE SET final = excluded.final, counted_at = excluded.counted_at WHERE NOT old.final""",
        hour, final, tx.now,
    )  # fmt: skip
    if claimed:
        await tx.run("DELETE FROM exchange.hourly WHERE hour = $1", hour)
        await tx.run(COUNT, hour, end, services)
    return bool(claimed)


async def counted_until(tx: ReadTx) -> datetime | None:
    """The end of the last counted hour."""
    found: datetime | None = await tx.value("SELECT max(hour) + interval '1 hour' FROM exchange.counted")
    return found


async def since(tx: ReadTx, start: datetime) -> list[Hourly]:
    rows = await tx.all(
        """SELECT side, outcome, refusal, CASE WHEN refusal = '' THEN '' ELSE client END AS client, sum(calls)::bigint AS calls
           FROM exchange.hourly WHERE hour >= $1 GROUP BY 1, 2, 3, 4""",
        start,
    )
    return [Hourly(**dict(row)) for row in rows]


async def lines(tx: ReadTx, between: tuple[datetime, datetime], withheld: Sequence[str], grain: tuple[str, str], page: tuple[int, int]) -> list[Line]:
    """`grain` is what is summed up, and on whose clock; `page` how many lines, and behind how many."""
    return [Line(**dict(row)) for row in await tx.all(LINES, *between, withheld, *grain, *page)]


async def days(tx: ReadTx, between: tuple[datetime, datetime], withheld: Sequence[str], zone: str) -> list[Day]:
    """The newest first. A line that gathers small ones counts as answered in no part: its outcomes are not told."""
    return [Day(**dict(row)) for row in await tx.all(DAYS, *between, withheld, zone)]


async def services(tx: ReadTx, between: tuple[datetime, datetime], withheld: Sequence[str], most: int) -> list[Offered]:
    """The most used first, small lines last."""
    return [Offered(**dict(row)) for row in await tx.all(SERVICES, *between, withheld, most)]
