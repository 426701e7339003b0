"""SQL of the folded intervals and their counts. Row-level security leaves out units that the caller does not oversee."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

import asyncpg
import msgspec

from dinh.cases.bottlenecks.contracts import Held, Place, Stage, StageName, Week
from dinh.kernel.transactions import ReadTx, WriteTx

READER = "bottlenecks"
_STAGE = "case_code, number, unit, procedure, calendar, stage, post, handler, due_on, due_work, started_at, started_work, ended_at, minutes"
_HELD = "case_code, unit, procedure, calendar, stage, post, due_on, started_at"

BacklogKey = tuple[str, str, str, str, str, date, int]


def _columns(rows: Iterable[Sequence[object]], width: int) -> list[list[object]]:
    """Rows as one array a column."""
    table = [list(column) for column in zip(*rows, strict=True)]
    return table or [[] for _ in range(width)]


# Folding


async def open_stages(tx: WriteTx, codes: list[str]) -> dict[str, Stage]:
    rows = await tx.all(f"SELECT {_STAGE} FROM cases.stage WHERE case_code = ANY($1) AND ended_at IS NULL", codes)  # noqa: S608
    return {row["case_code"]: Stage(**dict(row)) for row in rows}


async def put_stages(tx: WriteTx, stages: Sequence[Stage]) -> None:
    """Closed ones first: a case has one open interval."""
    names = _STAGE.split(", ")
    rows = [[getattr(stage, name) for name in names] for stage in sorted(stages, key=lambda stage: (stage.ended_at is None, stage.number))]
    await tx.run(
        f"""INSERT INTO cases.stage ({_STAGE})
            SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::date[],
              $10::int[], $11::timestamptz[], $12::int[], $13::timestamptz[], $14::int[])
            ON CONFLICT (case_code, number) DO UPDATE SET post = excluded.post, handler = excluded.handler, due_on = excluded.due_on, due_work = excluded.due_work,
              ended_at = excluded.ended_at, minutes = excluded.minutes""",  # noqa: S608
        *_columns(rows, len(names)),
    )  # fmt: skip


async def add_backlog(tx: WriteTx, changes: Mapping[BacklogKey, tuple[int, int]]) -> None:
    await tx.run(
        """INSERT INTO cases.backlog AS b (unit, procedure, calendar, stage, post, due_on, due_work, cases, started_work)
           SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::int[], $8::int[], $9::bigint[])
           ON CONFLICT (unit, procedure, calendar, stage, post, due_on) DO UPDATE
             SET cases = b.cases + excluded.cases, started_work = b.started_work + excluded.started_work""",
        *_columns([(*key, *change) for key, change in changes.items()], 9),
    )  # fmt: skip
    await tx.run("DELETE FROM cases.backlog WHERE cases = 0")


async def add_flow(tx: WriteTx, changes: Mapping[tuple[str, date], Sequence[int]]) -> None:
    await tx.run(
        """INSERT INTO cases.flow AS f (unit, week, received, ended, on_time)
           SELECT * FROM unnest($1::text[], $2::date[], $3::int[], $4::int[], $5::int[])
           ON CONFLICT (unit, week) DO UPDATE SET received = f.received + excluded.received, ended = f.ended + excluded.ended,
             on_time = f.on_time + excluded.on_time""",
        *_columns([(*key, *change) for key, change in changes.items()], 5),
    )  # fmt: skip


async def add_pace(tx: WriteTx, changes: Mapping[tuple[date, str, str, int], int]) -> None:
    await tx.run(
        """INSERT INTO cases.pace AS p (month, procedure, stage, bucket, intervals)
           SELECT * FROM unnest($1::date[], $2::text[], $3::text[], $4::int[], $5::int[])
           ON CONFLICT (month, procedure, stage, bucket) DO UPDATE SET intervals = p.intervals + excluded.intervals""",
        *_columns([(*key, change) for key, change in changes.items()], 5),
    )  # fmt: skip


async def note_folded(tx: WriteTx, position: int) -> None:
    await tx.run("INSERT INTO cases.folded (one, position) VALUES (true, $1) ON CONFLICT (one) DO UPDATE SET position = excluded.position", position)


async def clear(tx: WriteTx) -> None:
    for table in ("stage", "backlog", "flow", "pace", "place", "usual", "folded"):
        await tx.run(f"DELETE FROM cases.{table}")  # noqa: S608


# Reading


class Folded(msgspec.Struct, frozen=True):
    """How far the fold has come, and as of which event and moment the sums are."""

    position: int
    summed_position: int
    summed_at: datetime
    summed_rows: int


async def folded(tx: ReadTx) -> Folded | None:
    row = await tx.one("SELECT position, summed_position, summed_at, summed_rows FROM cases.folded")
    return Folded(**dict(row)) if row else None


class Sums(msgspec.Struct, frozen=True):
    """The open cases of one place under one calendar."""

    unit: str
    stage: StageName
    post: str
    calendar: str
    cases: int
    late: int
    at_risk: int
    started_work: int
    due_work_late: int


async def sums(tx: ReadTx, unit: str | None) -> list[Sums]:
    rows = await tx.all(f"SELECT {', '.join(Sums.__struct_fields__)} FROM cases.place WHERE $1::text IS NULL OR unit = $1", unit)  # noqa: S608
    return [Sums(**dict(row)) for row in rows]


async def make_sums(tx: WriteTx, today: date, limits: Mapping[tuple[str, str, str], int]) -> None:
    """`limits` by calendar, procedure and stage: which due work is too soon, by the usual pace."""
    await tx.run("DELETE FROM cases.place")
    await tx.run(
        """INSERT INTO cases.place (unit, stage, post, calendar, cases, late, at_risk, started_work, due_work_late)
           SELECT b.unit, b.stage, b.post, b.calendar, sum(b.cases), coalesce(sum(b.cases) FILTER (WHERE l.late), 0),
             coalesce(sum(b.cases) FILTER (WHERE NOT l.late AND b.due_work < u.soon), 0), sum(b.started_work),
             coalesce(sum(b.cases * b.due_work::bigint) FILTER (WHERE l.late), 0)
           FROM cases.backlog b CROSS JOIN LATERAL (SELECT b.due_on < $1 AND b.stage <> 'paused' AS late) l
           LEFT JOIN unnest($2::text[], $3::text[], $4::text[], $5::int[]) u (calendar, procedure, stage, soon) USING (calendar, procedure, stage)
           GROUP BY b.unit, b.stage, b.post, b.calendar""",
        today, *_columns([(*key, soon) for key, soon in limits.items()], 4),
    )  # fmt: skip
    await tx.run("UPDATE cases.folded SET summed_position = position, summed_at = $1, summed_rows = (SELECT count(*) FROM cases.backlog)", tx.now)


async def make_usual(tx: WriteTx, since: date) -> None:
    """By procedure and stage: the bucket that the median lies in, and the number of intervals."""
    await tx.run("DELETE FROM cases.usual")
    await tx.run(
        """INSERT INTO cases.usual (procedure, stage, bucket, intervals)
           WITH grouped AS (SELECT procedure, stage, bucket, sum(intervals) AS intervals FROM cases.pace WHERE month >= $1 GROUP BY 1, 2, 3),
           running AS (SELECT procedure, stage, bucket, sum(intervals) OVER (PARTITION BY procedure, stage ORDER BY bucket) AS so_far,
             sum(intervals) OVER (PARTITION BY procedure, stage) AS total FROM grouped)
           SELECT procedure, stage, min(bucket) FILTER (WHERE so_far * 2 >= total), max(total) FROM running GROUP BY procedure, stage""",
        since,
    )  # fmt: skip


async def usual(tx: ReadTx) -> list[asyncpg.Record]:
    return await tx.all("SELECT procedure, stage, bucket, intervals FROM cases.usual ORDER BY procedure, stage")


async def weeks(tx: ReadTx, unit: str | None, since: date) -> list[Week]:
    rows = await tx.all(
        """SELECT week AS first, sum(received)::bigint AS received, sum(ended)::bigint AS ended, sum(on_time)::bigint AS on_time FROM cases.flow
           WHERE week >= $1 AND ($2::text IS NULL OR unit = $2) GROUP BY week ORDER BY week""",
        since, unit,
    )  # fmt: skip
    return [Week(**dict(row)) for row in rows]


async def longest_held(tx: ReadTx, place: Place) -> Held | None:
    row = await tx.one(
        f"""SELECT {_HELD} FROM cases.stage WHERE unit = $1 AND stage = $2 AND post = $3 AND ended_at IS NULL
            ORDER BY started_at, case_code LIMIT 1""",  # noqa: S608
        place.unit, place.stage, place.post,
    )  # fmt: skip
    return Held(**dict(row)) if row else None


async def late_cases(tx: ReadTx, unit: str, today: date, limit: int) -> tuple[list[Held], int]:
    """The longest overdue, and how many there are."""
    rows = await tx.all(
        f"""SELECT {_HELD}, count(*) OVER () AS late FROM cases.stage WHERE unit = $1 AND due_on < $2 AND stage <> 'paused' AND ended_at IS NULL
            ORDER BY due_on, case_code LIMIT $3""",  # noqa: S608
        unit, today, limit,
    )  # fmt: skip
    return [Held(**{name: row[name] for name in _HELD.split(", ")}) for row in rows], rows[0]["late"] if rows else 0
