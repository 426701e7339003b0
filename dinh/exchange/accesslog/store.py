"""SQL of the access log. The application can add entries and read them, and nothing else."""

from collections.abc import Sequence
from datetime import datetime

from dinh.exchange.accesslog.contracts import Entry, Tally, Wanted
from dinh.kernel.transactions import ReadTx, WriteTx

# The parameters of a filter, in the order of `_filter`.
_WHERE = """person = $1 AND ($2 = '' OR agency = $2) AND ($3 = '' OR purpose = $3) AND ($4::timestamptz IS NULL OR at >= $4)
            AND ($5::timestamptz IS NULL OR at < $5) AND NOT (own AND $6)"""


async def insert_all(tx: WriteTx, entries: Sequence[tuple[str, Entry]]) -> None:
    """Each with the person whom it concerns."""
    rows = [(e.id, person, e.at, e.agency, e.post, e.purpose, e.legal_basis, e.what, e.case, e.own) for person, e in entries]
    if rows:
        await tx.run(
            """INSERT INTO exchange.access (id, person, at, agency, post, purpose, legal_basis, what, case_code, own)
               SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                 $10::bool[])""",
            *zip(*rows, strict=True),
        )


def _filter(person: str, wanted: Wanted) -> tuple[object, ...]:
    return (person, wanted.agency, wanted.purpose, wanted.since, wanted.until, wanted.others_only)


async def of_person(tx: ReadTx, person: str, wanted: Wanted) -> list[Entry]:
    """By the index of person and time, backwards: the cost is that of the entries given, not of the whole log."""
    mark = wanted.before
    rows = await tx.all(
        f"""SELECT id, at, agency, post, purpose, legal_basis, what, case_code AS "case", own FROM exchange.access
            WHERE {_WHERE} AND ($7::timestamptz IS NULL OR (at <= $7 AND (at, id) < ($7, $8::uuid)))
            ORDER BY at DESC, id DESC LIMIT $9""",  # noqa: S608
        *_filter(person, wanted), mark and mark.at, mark and mark.id, wanted.limit,
    )  # fmt: skip
    return [Entry(**dict(row)) for row in rows]


async def count(tx: ReadTx, person: str, wanted: Wanted) -> int:
    found: int = await tx.value(f"SELECT count(*) FROM exchange.access WHERE {_WHERE}", *_filter(person, wanted))  # noqa: S608
    return found


async def tally(tx: ReadTx, person: str, recent: datetime) -> list[Tally]:
    rows = await tx.all(
        """SELECT agency, purpose, what, own, count(*)::int AS entries, (count(*) FILTER (WHERE at >= $2))::int AS recent FROM exchange.access
           WHERE person = $1 GROUP BY agency, purpose, what, own""",
        person, recent,
    )  # fmt: skip
    return [Tally(**dict(row)) for row in rows]
