"""SQL of the gathered figures."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from dinh.exchange.national.contracts import Gathered
from dinh.exchange.statistics import ADDED, QUICK, Asked, Day, Line
from dinh.kernel.transactions import ReadTx, WriteTx

_KEY = "node, client, provider, service, outcome"
_TOLD = f"{_KEY}, calls, bytes_in, bytes_out, durations"
_SHOWN = "NOT client LIKE ANY ($3) AND NOT provider LIKE ANY ($3)"
# As a node's own: a day is the sum of its published hours.
ADD = f"""WITH hours AS (INSERT INTO exchange.national (hour, {_TOLD}) VALUES ($1, $3, $4, $5, $6, $7, $8, $9, $10, $11))
  INSERT INTO exchange.national_day AS old (day, {_TOLD}) VALUES ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  ON CONFLICT (day, {_KEY}) DO UPDATE SET calls = old.calls + excluded.calls, bytes_in = old.bytes_in + excluded.bytes_in,
    bytes_out = old.bytes_out + excluded.bytes_out, durations = ARRAY[{ADDED}]"""  # noqa: S608
HOURS = f"""SELECT hour AS at, {_TOLD} FROM exchange.national
  WHERE hour >= $1::date::timestamp AT TIME ZONE $4 AND hour < least($2::date::timestamp AT TIME ZONE $4, $7) AND {_SHOWN}
  ORDER BY hour, {_KEY} LIMIT $5 OFFSET $6"""  # noqa: S608
WHOLE_DAYS = f"""SELECT day::timestamp AT TIME ZONE $4 AS at, {_TOLD} FROM exchange.national_day
  WHERE day >= $1 AND day < least($2, ($7 AT TIME ZONE $4)::date) AND {_SHOWN}
  ORDER BY day, {_KEY} LIMIT $5 OFFSET $6"""  # noqa: S608
SUMS = f"""SELECT day, sum(calls)::bigint AS calls, coalesce(sum(calls) FILTER (WHERE outcome = 'answered'), 0)::bigint AS answered,
    sum({QUICK})::bigint AS quick, sum(bytes_in + bytes_out)::bigint AS bytes
  FROM exchange.national_day WHERE day >= $1 AND day < $2 AND {_SHOWN} GROUP BY 1 ORDER BY 1 DESC"""  # noqa: S608


async def told_until(tx: ReadTx) -> dict[str, datetime]:
    """Of each node that has ever been asked."""
    return {row["node"]: row["until"] for row in await tx.all("SELECT node, until FROM exchange.gathered")}


async def begin(tx: WriteTx, nodes: Iterable[str], first: datetime) -> None:
    await tx.run(
        "INSERT INTO exchange.gathered (node, until) SELECT node, $2 FROM unnest($1::text[]) AS node ON CONFLICT DO NOTHING", list(nodes), first
    )


async def advance(tx: WriteTx, node: str, after: datetime, until: datetime) -> bool:
    """False where another process was first. Locks the node's row, so that each hour is taken in once."""
    return bool(await tx.run("UPDATE exchange.gathered SET until = $3 WHERE node = $1 AND until = $2", node, after, until))


async def add(tx: WriteTx, node: str, lines: Sequence[tuple[date, Line]]) -> None:
    """Each line with the day of its hour. Raises Conflict for one that is told twice."""
    await tx.run_many(
        ADD,
        [
            (line.at, day, node, line.client, line.provider, line.service, line.outcome, line.calls, line.bytes_in, line.bytes_out, line.durations)
            for day, line in lines
        ],
    )


async def lines(tx: ReadTx, asked: Asked, until: datetime, withheld: Sequence[str], zone: str, most: int) -> list[Gathered]:
    """A page of `most`, and one more where another page follows."""
    sql, after = HOURS if asked.by == "hour" else WHOLE_DAYS, asked.last + timedelta(days=1)
    return [msgspec.convert(dict(row), Gathered) for row in await tx.all(sql, asked.first, after, withheld, zone, most + 1, asked.page * most, until)]


async def days(tx: ReadTx, first: date, after: date, withheld: Sequence[str]) -> list[Day]:
    """The newest first."""
    return [Day(**dict(row)) for row in await tx.all(SUMS, first, after, withheld)]
