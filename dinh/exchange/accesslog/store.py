"""SQL of the access log. Entries are added, read, and deleted when their time is over; of an embargo only its end is ever changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from dinh.exchange.accesslog.contracts import Embargo, Entry, Line, Tally, Wanted, Withheld
from dinh.kernel.transactions import ReadTx, WriteTx

_TYPES = {
    "id": "uuid", "person": "text", "at": "timestamptz", "agency": "text", "actor": "text", "post": "text", "purpose": "text", "legal_basis": "text",
    "what": "text", "case_code": "text", "own": "bool", "shown": "text", "message": "uuid", "embargo": "uuid", "nonce": "bytea",
}  # fmt: skip


def adding(first: int) -> str:
    """The statement that adds entries, with parameters from `$first` on: one array a column, in the order of `columns_of`."""
    arrays = ", ".join(f"${at}::{kind}[]" for at, kind in enumerate(_TYPES.values(), first))
    return f"INSERT INTO exchange.access ({', '.join(_TYPES)}) SELECT * FROM unnest({arrays})"  # noqa: S608 - constants


def columns_of(lines: Sequence[Line]) -> list[list[Any]]:
    return [[getattr(line, name) for line in lines] for name in _TYPES]


async def insert_all(tx: WriteTx, lines: Sequence[Line]) -> None:
    await tx.run(adding(1), *columns_of(lines))


# What the person may see of their log, by the rule that each entry was written under. Nothing else leaves this file: filters, counts and order see no more than the person does.
_SEEN = """(
  SELECT a.id, a.at, a.purpose, a.legal_basis, a.what, a.own, a.shown, a.nonce IS NOT NULL AS provable,
    CASE WHEN a.shown <> 'category' OR w.whole THEN a.agency ELSE '' END AS agency,
    CASE WHEN a.shown = 'full' OR w.whole THEN a.post END AS post,
    CASE WHEN a.shown = 'full' OR w.whole THEN a.case_code END AS case_code,
    e.authority, e.number AS order_number, e.reason, e.until AS withheld_until
  FROM exchange.access a LEFT JOIN exchange.embargo e ON e.id = a.embargo
    CROSS JOIN LATERAL (SELECT a.own OR coalesce(a.case_code = ANY ($2), false) AS whole) w
  WHERE a.person = $1 AND (a.embargo IS NULL OR e.until <= $3)
) seen"""
# The parameters of a filter, in the order of `_filter`.
_WHERE = """($4 = '' OR agency = $4) AND ($5 = '' OR purpose = $5) AND ($6::timestamptz IS NULL OR at >= $6)
            AND ($7::timestamptz IS NULL OR at < $7) AND NOT (own AND $8)"""


def _filter(tx: ReadTx, person: str, wanted: Wanted) -> tuple[object, ...]:
    return (person, wanted.own_cases, tx.now, wanted.agency, wanted.purpose, wanted.since, wanted.until, wanted.others_only)


async def of_person(tx: ReadTx, person: str, wanted: Wanted) -> list[Entry]:
    """By the index of person and time, backwards: the cost is that of the entries given, not of the whole log."""
    mark = wanted.before
    rows = await tx.all(
        f"""SELECT * FROM {_SEEN} WHERE {_WHERE} AND ($9::timestamptz IS NULL OR (at <= $9 AND (at, id) < ($9, $10::uuid)))
            ORDER BY at DESC, id DESC LIMIT $11""",  # noqa: S608
        *_filter(tx, person, wanted), mark and mark.at, mark and mark.id, wanted.limit,
    )  # fmt: skip
    return [_entry(dict(row)) for row in rows]


def _entry(row: dict[str, Any]) -> Entry:
    case, authority, order, reason, until = (row.pop(name) for name in ("case_code", "authority", "order_number", "reason", "withheld_until"))
    return Entry(**row, case=case, withheld=Withheld(authority, order, reason, until) if authority else None)


async def shown_lines(tx: ReadTx, names: Sequence[str], ids: Sequence[UUID]) -> list[Line]:
    """Those of these entries that may be shown by now and were committed."""
    rows = await tx.all(
        f"""SELECT {", ".join(f"a.{name}" for name in _TYPES)} FROM exchange.access a LEFT JOIN exchange.embargo e ON e.id = a.embargo
            WHERE a.id = ANY ($1) AND a.person = ANY ($2) AND a.nonce IS NOT NULL AND (a.embargo IS NULL OR e.until <= $3) ORDER BY a.at DESC, a.id DESC""",  # noqa: S608
        ids, names, tx.now,
    )  # fmt: skip
    return [Line(**dict(row)) for row in rows]


async def lines(tx: ReadTx, ids: Sequence[UUID]) -> list[Line]:
    rows = await tx.all(f"SELECT {', '.join(_TYPES)} FROM exchange.access WHERE id = ANY ($1) AND nonce IS NOT NULL", ids)  # noqa: S608
    return [Line(**dict(row)) for row in rows]


async def count(tx: ReadTx, person: str, wanted: Wanted) -> int:
    found: int = await tx.value(f"SELECT count(*) FROM {_SEEN} WHERE {_WHERE}", *_filter(tx, person, wanted))  # noqa: S608
    return found


async def tally(tx: ReadTx, person: str, wanted: Wanted, recent: datetime) -> list[Tally]:
    rows = await tx.all(
        f"""SELECT agency, purpose, what, own, count(*)::int AS entries, (count(*) FILTER (WHERE at >= $4))::int AS recent FROM {_SEEN}
            GROUP BY agency, purpose, what, own""",  # noqa: S608
        person, wanted.own_cases, tx.now, recent,
    )  # fmt: skip
    return [Tally(**dict(row)) for row in rows]


async def has_numbers(tx: ReadTx) -> bool:
    """Whether any entry here is kept by a number."""
    return bool(await tx.value("SELECT EXISTS (SELECT 1 FROM exchange.access WHERE person LIKE 'number:%')"))


async def open_embargoes(tx: WriteTx, found: dict[UUID, Embargo], untils: dict[UUID, datetime]) -> set[UUID]:
    """Those that are new here, each until its day. One that is there already keeps its end."""
    rows = [(key, one.authority, one.order, one.reason, tx.now, untils[key]) for key, one in found.items()]
    added = await tx.all(
        """INSERT INTO exchange.embargo (id, authority, number, reason, opened_at, until)
           SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[]) ON CONFLICT DO NOTHING RETURNING id""",
        *zip(*rows, strict=True),
    )  # fmt: skip
    return {row["id"] for row in added}


async def lock_embargo(tx: WriteTx, embargo: UUID) -> datetime | None:
    """Until when it holds."""
    found: datetime | None = await tx.value("SELECT until FROM exchange.embargo WHERE id = $1 FOR UPDATE", embargo)
    return found


async def prolong(tx: WriteTx, embargo: UUID, until: datetime) -> None:
    await tx.run("UPDATE exchange.embargo SET until = $2 WHERE id = $1", embargo, until)


# Whether the time of an entry `a` is over at $3, and no case of $4 needs it.
_FREE = """NOT EXISTS (SELECT 1 FROM exchange.embargo e WHERE e.id = a.embargo AND e.until >= $3) AND (a.case_code IS NULL OR a.case_code <> ALL ($4::text[]))"""


async def over(tx: ReadTx, start: datetime, end: datetime, before: datetime, held: list[str], limit: int) -> list[tuple[datetime, str]]:
    """Hours with entries, and what holds all that is left of one."""
    rows = await tx.all(
        f"""SELECT date_trunc('hour', a.at, 'UTC') AS hour, CASE WHEN bool_or({_FREE}) THEN '' WHEN bool_or(a.case_code = ANY ($4)) THEN 'exchange.held_case'
              ELSE 'exchange.held_embargo' END AS held FROM exchange.access a WHERE a.at >= $1 AND a.at < $2 GROUP BY 1 ORDER BY 1 LIMIT $5""",  # noqa: S608
        start, end, before, held, limit,
    )  # fmt: skip
    return [(row["hour"], row["held"]) for row in rows]


async def dispose(tx: WriteTx, start: datetime, end: datetime, before: datetime, held: list[str]) -> int:
    return await tx.run(f"DELETE FROM exchange.access a WHERE a.at >= $1 AND a.at < $2 AND {_FREE}", start, end, before, held)  # noqa: S608
