"""SQL of the hours."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from dinh.exchange.statistics.contracts import CLASSES, SMALLEST, Asked, Day, Hourly, Line, Offered
from dinh.kernel.transactions import ReadTx, WriteTx

_TOOK = "response_out - request_in"
_LIMITS = [f"interval '{limit} milliseconds'" for limit in CLASSES]
_DURATIONS = ", ".join(
    f"count(*) FILTER (WHERE {' AND '.join(([f'{_TOOK} >= {low}'] if low else []) + ([f'{_TOOK} < {high}'] if high else []))})"
    for low, high in zip(["", *_LIMITS], [*_LIMITS, ""], strict=True)
)
# Their sum, element by element.
_SUMS = f"ARRAY[{', '.join(f'sum(durations[{at + 1}])' for at in range(len(CLASSES) + 1))}]::bigint[]"
ADDED = ", ".join(f"old.durations[{at + 1}] + excluded.durations[{at + 1}]" for at in range(len(CLASSES) + 1))
# The operator looks at a day.
KEPT = timedelta(days=2)
_OUTCOME = "CASE WHEN refusal <> '' THEN 'refused' WHEN status >= 500 THEN 'failed' ELSE 'answered' END"
# At the provider, a service that was refused is the client's word: it stands only where somebody offers it.
COUNT = f"""INSERT INTO exchange.hourly (hour, side, client, provider, service, outcome, refusal, calls, bytes_in, bytes_out, durations)
  SELECT $1, side, client, provider, CASE WHEN refusal = '' OR service = ANY ($3) THEN service ELSE '' END, {_OUTCOME}, left(refusal, 60),
    count(*), sum(request_size), sum(response_size), ARRAY[{_DURATIONS}]
  FROM exchange.call WHERE response_out >= $1 AND response_out < $2 GROUP BY 2, 3, 4, 5, 6, 7"""  # noqa: S608
# What is told is a function of these lines alone, days and totals too: so nothing that is left out can be reckoned back from two answers.
PUBLISH = f"""WITH line AS (
    SELECT client, provider, service, outcome, sum(calls) AS calls, sum(bytes_in) AS bytes_in, sum(bytes_out) AS bytes_out, {_SUMS} AS durations
    FROM exchange.hourly WHERE hour = $1 AND side = 'provider' AND NOT client LIKE ANY ($3) AND NOT provider LIKE ANY ($3)
      AND NOT EXISTS (SELECT 1 FROM unnest($4::text[], $5::text[], $6::text[]) AS e(c, p, s) WHERE client LIKE e.c AND provider LIKE e.p AND service = e.s)
    GROUP BY 1, 2, 3, 4
  ), told AS (
    SELECT * FROM line WHERE calls >= {SMALLEST}
    UNION ALL
    SELECT '', '', '', '', sum(calls), sum(bytes_in), sum(bytes_out), {_SUMS} FROM line WHERE calls < {SMALLEST} HAVING sum(calls) >= {SMALLEST}
  ), hours AS (
    INSERT INTO exchange.published (hour, client, provider, service, outcome, calls, bytes_in, bytes_out, durations) SELECT $1, * FROM told
  )
  INSERT INTO exchange.published_day AS old (day, client, provider, service, outcome, calls, bytes_in, bytes_out, durations) SELECT $2, * FROM told
  ON CONFLICT (day, client, provider, service, outcome) DO UPDATE SET calls = old.calls + excluded.calls, bytes_in = old.bytes_in + excluded.bytes_in,
    bytes_out = old.bytes_out + excluded.bytes_out, durations = ARRAY[{ADDED}]"""  # noqa: S608
QUICK = " + ".join(f"durations[{at + 1}]" for at in range(CLASSES.index(100) + 1))
"""Calls that took less than 100 milliseconds."""
_TOLD = "client, provider, service, outcome, calls, bytes_in, bytes_out, durations"
_SHOWN = "NOT client LIKE ANY ($3) AND NOT provider LIKE ANY ($3)"
HOURS = f"""SELECT hour AS at, {_TOLD} FROM exchange.published
  WHERE hour >= $1::date::timestamp AT TIME ZONE $4 AND hour < least($2::date::timestamp AT TIME ZONE $4, $7) AND {_SHOWN}
  ORDER BY hour, client, provider, service, outcome LIMIT $5 OFFSET $6"""  # noqa: S608
SINCE = f"""SELECT hour AS at, {_TOLD} FROM exchange.published WHERE hour >= $1 AND hour < $2 AND {_SHOWN}
  ORDER BY hour, client, provider, service, outcome LIMIT $4"""  # noqa: S608
WHOLE_DAYS = f"""SELECT day::timestamp AT TIME ZONE $4 AS at, {_TOLD} FROM exchange.published_day
  WHERE day >= $1 AND day < least($2, ($7 AT TIME ZONE $4)::date) AND {_SHOWN}
  ORDER BY day, client, provider, service, outcome LIMIT $5 OFFSET $6"""  # noqa: S608
DAYS = f"""SELECT day, sum(calls)::bigint AS calls, coalesce(sum(calls) FILTER (WHERE outcome = 'answered'), 0)::bigint AS answered,
    sum({QUICK})::bigint AS quick, sum(bytes_in + bytes_out)::bigint AS bytes
  FROM exchange.published_day WHERE day >= $1 AND day < $2 AND {_SHOWN} GROUP BY 1 ORDER BY 1 DESC"""  # noqa: S608
SERVICES = f"""SELECT provider, service, count(DISTINCT client)::int AS clients, sum(calls)::bigint AS calls,
    coalesce(sum(calls) FILTER (WHERE outcome = 'answered'), 0)::bigint AS answered
  FROM exchange.published_day WHERE day >= $1 AND day < $2 AND {_SHOWN}
  GROUP BY 1, 2 ORDER BY provider = '', sum(calls) DESC, 1, 2 LIMIT $4"""  # noqa: S608


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


async def publish(tx: WriteTx, hour: datetime, day: date, withheld: Sequence[str], embargoed: Sequence[tuple[str, str, str]]) -> None:
    """Once: of an hour that has just been counted finally. What the operator no longer looks at goes."""
    await tx.run(PUBLISH, hour, day, withheld, *([one[at] for one in embargoed] for at in range(3)))
    await tx.run("DELETE FROM exchange.hourly WHERE hour < $1 AND hour < $2", hour, tx.now - KEPT)


async def lines(tx: ReadTx, asked: Asked, until: datetime, withheld: Sequence[str], zone: str, most: int) -> list[Line]:
    """A page of `most`, and one more where another page follows."""
    sql, after = HOURS if asked.by == "hour" else WHOLE_DAYS, asked.last + timedelta(days=1)
    rows = await tx.all(sql, asked.first, after, withheld, zone, most + 1, asked.page * most, until)
    return [Line(**dict(row)) for row in rows]


async def published_since(tx: ReadTx, after: datetime, before: datetime, withheld: Sequence[str], most: int) -> list[Line]:
    """Of whole hours, the oldest first."""
    return [Line(**dict(row)) for row in await tx.all(SINCE, after, before, withheld, most)]


async def days(tx: ReadTx, first: date, after: date, withheld: Sequence[str]) -> list[Day]:
    """The newest first. Of a line that gathers small ones the outcomes are not told, so it counts as answered in no part."""
    return [Day(**dict(row)) for row in await tx.all(DAYS, first, after, withheld)]


async def services(tx: ReadTx, day: date, withheld: Sequence[str], most: int) -> list[Offered]:
    """The most used first, small lines last."""
    return [Offered(**dict(row)) for row in await tx.all(SERVICES, day, day + timedelta(days=1), withheld, most)]
