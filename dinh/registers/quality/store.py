"""SQL of measurements. Table and column names come from descriptions; expressions of rules come from the sheet."""

from collections.abc import Mapping, Sequence
from datetime import date

import asyncpg

from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.registers.description import CHANGED, Register
from dinh.registers.measures import SEVERITIES, Distinct, Rule
from dinh.registers.quality.contracts import Measure, Run
from dinh.registers.quality.sheet import Sheet

# How many values come before those of the sheet.
JUDGE_VALUES, CHUNK_VALUES = 1, 8
RUN = "register, day, started_at, stage, position, records, finished_at"


async def take_time(tx: WriteTx) -> None:
    """For this transaction: a whole register takes longer than a page may, and records that are named are looked up one by one, not
    all read for each chunk.
    """
    await tx.run("SET LOCAL statement_timeout = '15min'")
    await tx.run("SET LOCAL random_page_cost = 1.1")


async def run_of(tx: ReadTx, register: str, day: date) -> Run | None:
    row = await tx.one(f"SELECT {RUN} FROM registers.quality_run WHERE register = $1 AND day = $2", register, day)  # noqa: S608
    return Run(**dict(row)) if row else None


async def lock_run(tx: WriteTx, register: str, day: date) -> Run | None:
    """The run, made when there is none. None while another worker has it: its row lock keeps two from measuring at once."""
    await tx.run(
        "INSERT INTO registers.quality_run (register, day, started_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        register, day, tx.now,
    )  # fmt: skip
    sql = f"SELECT {RUN} FROM registers.quality_run WHERE register = $1 AND day = $2 FOR UPDATE SKIP LOCKED"  # noqa: S608
    row = await tx.one(sql, register, day)
    return Run(**dict(row)) if row else None


async def begin_again(tx: WriteTx, register: str, day: date) -> None:
    """Forget what this day's run has found so far. Waits for whoever has it."""
    await tx.run(
        """UPDATE registers.quality_run SET started_at = $3, stage = 0, position = NULL, records = 0, found = 0, gone = 0, finished_at = NULL
           WHERE register = $1 AND day = $2""",
        register, day, tx.now,
    )  # fmt: skip
    await tx.run("DELETE FROM registers.quality_measure WHERE register = $1 AND day = $2", register, day)


async def judge(tx: ReadTx, sheet: Sheet, key: str) -> set[str]:
    """The codes of the rules that one record breaks now. `sheet` was made with JUDGE_VALUES taken."""
    row = await tx.one(
        f"SELECT {sheet.columns} FROM registers.{sheet.register.name} t {sheet.joins} WHERE t.{sheet.register.key} = $1",  # noqa: S608
        key, *sheet.values,
    )  # fmt: skip
    broken = {rule.code for rule, good in zip(sheet.rules, row or (), strict=False) if good is False}
    for rule in sheet.quality.rules:
        if isinstance(rule, Distinct) and await _repeated(tx, sheet.register, rule, key):
            broken.add(rule.code)
    return broken


async def _repeated(tx: ReadTx, register: Register, rule: Distinct, key: str) -> bool:
    same = " AND ".join(f"o.{column} = t.{column}" for column in rule.columns)
    sql = f"""SELECT EXISTS (SELECT 1 FROM registers.{register.name} t JOIN registers.{register.name} o ON {same} AND o.{register.key} <> t.{register.key}
              WHERE t.{register.key} = $1)"""  # noqa: S608
    return bool(await tx.value(sql, key))


async def measure_chunk(tx: WriteTx, run: Run, sheet: Sheet, agencies: Mapping[str, str], size: int) -> tuple[str | None, int, list[Measure]]:
    """The next `size` records by key: the last key, how many, and the counts. `sheet` was made with CHUNK_VALUES taken."""
    register = sheet.register
    part = f"""SELECT t.{register.key} AS row_key, coalesce(t.{sheet.quality.unit}, '') AS unit, t.{CHANGED} AS touched, {sheet.columns}
      FROM (SELECT * FROM registers.{register.name} WHERE $7::text IS NULL OR {register.key} > $7 ORDER BY {register.key} LIMIT $8) t {sheet.joins}"""  # noqa: S608
    rows = await tx.all(_measuring(part, sheet.rules), *_shared(run, sheet, agencies), run.position, size, *sheet.values)
    last = max((row["last"] for row in rows), default=None)
    return last, sum(row["records"] for row in rows), _by_agency(rows, sheet.rules, sheet, agencies)


async def compare(tx: WriteTx, run: Run, sheet: Sheet, rule: Distinct, agencies: Mapping[str, str]) -> list[Measure]:
    """Records that share their values with another one, over the whole register."""
    register, names = sheet.register, ", ".join(rule.columns)
    given = " AND ".join(f"{column} IS NOT NULL" for column in rule.columns)
    part = f"""SELECT {register.key} AS row_key, coalesce({sheet.quality.unit}, '') AS unit, {CHANGED} AS touched, twice IS NULL AS r0
      FROM registers.{register.name} LEFT JOIN (SELECT {names}, true AS twice FROM registers.{register.name} WHERE {given}
        GROUP BY {names} HAVING count(*) > 1) s USING ({names}) WHERE {given}"""  # noqa: S608
    rows = await tx.all(_measuring(part, [rule]), *_shared(run, sheet, agencies))
    return _by_agency(rows, [rule], sheet, agencies)


def _measuring(part: str, rules: Sequence[Rule]) -> str:
    """Counts of `part` by unit, while its findings go into the queue.

    A record that breaks a rule again, or that was changed after its value was accepted as right, is open again.
    """
    codes = [f"CASE WHEN NOT r{at} THEN '{rule.code}:{SEVERITIES.index(rule.severity)}' END" for at, rule in enumerate(rules) if rule.queued]
    counts = ", ".join(f"count(r{at}) AS c{at}, count(*) FILTER (WHERE r{at}) AS g{at}" for at in range(len(rules)))
    again = "f.state = 'fixed' OR f.state = 'accepted' AND excluded.touched_on > f.accepted_on"
    return f"""WITH part AS MATERIALIZED ({part}),
        bad AS (SELECT row_key, unit, touched, split_part(u.rule, ':', 1) AS rule, split_part(u.rule, ':', 2)::smallint AS severity
          FROM part, LATERAL unnest(ARRAY[{", ".join(codes)}]::text[]) u (rule) WHERE u.rule IS NOT NULL),
        kept AS (
          INSERT INTO registers.finding AS f
            (register, rule, row_key, unit, agency, keeper, severity, first_seen, last_seen, seen_by, opened_by, touched_on)
          SELECT $1::text, b.rule, b.row_key, b.unit, coalesce(a.agency, $2::text), $2::text, b.severity, $3::date, $3::date, $4::timestamptz,
            $4::timestamptz, b.touched
          FROM bad b LEFT JOIN unnest($5::text[], $6::text[]) a (unit, agency) ON a.unit = b.unit
          ON CONFLICT (register, rule, row_key) DO UPDATE SET unit = excluded.unit, agency = excluded.agency, keeper = excluded.keeper,
            severity = excluded.severity, last_seen = excluded.last_seen, seen_by = excluded.seen_by, touched_on = excluded.touched_on,
            returned = f.returned + ({again})::int, opened_by = CASE WHEN {again} THEN excluded.opened_by ELSE f.opened_by END,
            holder = CASE WHEN {again} THEN NULL ELSE f.holder END, state = CASE WHEN {again} THEN 'open' ELSE f.state END, fixed_on = NULL
          RETURNING 1)
        SELECT unit, max(row_key) AS last, count(*) AS records, (SELECT count(*) FROM kept) AS kept, {counts} FROM part GROUP BY unit"""  # noqa: S608


def _shared(run: Run, sheet: Sheet, agencies: Mapping[str, str]) -> tuple[object, ...]:
    """The values that every measuring takes."""
    return (run.register, sheet.quality.agency, run.day, run.started_at, list(agencies), list(agencies.values()))


def _by_agency(rows: list[asyncpg.Record], rules: Sequence[Rule], sheet: Sheet, agencies: Mapping[str, str]) -> list[Measure]:
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows:
        agency = agencies.get(row["unit"], sheet.quality.agency)
        for at, rule in enumerate(rules):
            checked, good = sums.get((rule.code, agency), (0, 0))
            sums[rule.code, agency] = (checked + row[f"c{at}"], good + row[f"g{at}"])
    return [Measure(rule, agency, checked, good) for (rule, agency), (checked, good) in sums.items()]


async def add(tx: WriteTx, run: Run, measures: list[Measure]) -> None:
    await tx.run(
        """INSERT INTO registers.quality_measure AS m (register, day, rule, agency, checked, good)
           SELECT $1, $2, u.rule, u.agency, u.checked, u.good FROM unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[]) u (rule, agency, checked, good)
           ON CONFLICT (register, day, rule, agency) DO UPDATE SET checked = m.checked + excluded.checked, good = m.good + excluded.good""",
        run.register, run.day, [each.rule for each in measures], [each.agency for each in measures], [each.checked for each in measures],
        [each.good for each in measures],
    )  # fmt: skip


async def move(tx: WriteTx, run: Run, stage: int, position: str | None, records: int) -> None:
    await tx.run(
        "UPDATE registers.quality_run SET stage = $3, position = $4, records = records + $5 WHERE register = $1 AND day = $2",
        run.register, run.day, stage, position, records,
    )  # fmt: skip


async def finish(tx: WriteTx, run: Run) -> tuple[int, int]:
    """What this run did not see again is fixed. Returns how many were found anew, or again, and how many are gone."""
    gone = await tx.run(
        "UPDATE registers.finding SET state = 'fixed', fixed_on = $2, holder = NULL WHERE register = $1 AND seen_by < $3 AND state <> 'fixed'",
        run.register, run.day, run.started_at,
    )  # fmt: skip
    found = int(await tx.value("SELECT count(*) FROM registers.finding WHERE register = $1 AND opened_by = $2", run.register, run.started_at))
    await tx.run(
        """UPDATE registers.quality_run SET finished_at = $5, position = NULL, found = $3, gone = $4
           WHERE register = $1 AND day = $2""",
        run.register, run.day, found, gone, tx.now,
    )  # fmt: skip
    return found, gone


async def finished(tx: ReadTx, register: str, limit: int) -> list[Run]:
    """The last finished runs, newest first."""
    rows = await tx.all(
        f"SELECT {RUN} FROM registers.quality_run WHERE register = $1 AND finished_at IS NOT NULL ORDER BY day DESC LIMIT $2",  # noqa: S608
        register, limit,
    )  # fmt: skip
    return [Run(**dict(row)) for row in rows]


async def measures_of(tx: ReadTx, register: str, day: date) -> list[Measure]:
    rows = await tx.all("SELECT rule, agency, checked, good FROM registers.quality_measure WHERE register = $1 AND day = $2", register, day)
    return [Measure(**dict(row)) for row in rows]


async def totals(tx: ReadTx, register: str, days: list[date]) -> dict[date, list[Measure]]:
    """Over all agencies, for the history."""
    rows = await tx.all(
        """SELECT day, rule, '' AS agency, sum(checked)::bigint AS checked, sum(good)::bigint AS good FROM registers.quality_measure
           WHERE register = $1 AND day = ANY ($2) GROUP BY day, rule""",
        register, days,
    )  # fmt: skip
    found: dict[date, list[Measure]] = {}
    for row in rows:
        found.setdefault(row["day"], []).append(Measure(row["rule"], "", row["checked"], row["good"]))
    return found


async def open_by_agency(tx: ReadTx, register: str) -> dict[str, int]:
    rows = await tx.all(
        "SELECT agency, count(*) AS waiting FROM registers.finding WHERE register = $1 AND state IN ('open', 'claimed') GROUP BY agency", register
    )
    return {row["agency"]: row["waiting"] for row in rows}


async def corrected_by_agency(tx: ReadTx, register: str, since: date) -> dict[str, int]:
    rows = await tx.all(
        "SELECT agency, count(*) AS made FROM registers.correction WHERE register = $1 AND corrected_on >= $2 GROUP BY agency", register, since
    )
    return {row["agency"]: row["made"] for row in rows}


async def corrected_by_unit(tx: ReadTx, register: Register, since: date) -> list[tuple[str, int]]:
    """Values that cases put right, by the unit of the record: those that stood there before, not those that were added."""
    if register.history is None or register.quality is None:
        return []
    rows = await tx.all(
        f"""SELECT t.{register.quality.unit} AS unit, count(*) AS made FROM registers.{register.history} h
            JOIN registers.{register.name} t ON t.{register.key} = h.record WHERE h.amended_at >= $1::date AND h.old_value IS NOT NULL GROUP BY 1""",  # noqa: S608
        since,
    )  # fmt: skip
    return [(row["unit"], row["made"]) for row in rows]


async def close_kept(tx: WriteTx, register: str, key: str, broken: set[str], day: date) -> None:
    """After a correction: the findings of this record are fixed, but for the rules that it still breaks."""
    await tx.run(
        """UPDATE registers.finding SET state = 'fixed', fixed_on = $4, holder = NULL
           WHERE register = $1 AND row_key = $2 AND NOT rule = ANY ($3) AND state <> 'fixed'""",
        register, key, list(broken), day,
    )  # fmt: skip
