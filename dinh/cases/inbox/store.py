"""SQL of the inbox. Row-level security leaves out other units' cases."""

from dinh.cases.inbox.contracts import Line, Wanted
from dinh.kernel.transactions import ReadTx

_PROPOSED = "EXISTS (SELECT 1 FROM cases.proposal p WHERE p.case_id = c.id AND p.returned_at IS NULL)"
_COLUMNS = (
    "c.code, c.procedure, c.version, c.state, c.received_at, c.due_on, c.due_at, c.settled_at, c.holder, c.paused_at, c.promised_on, "
    f"{_PROPOSED} AS proposed"
)
# What each view leaves of the open cases. `$1` is the post, `$2` the present: every statement names both, so that their types are known.
_SHOW = {
    "all": "true",
    "new": "c.state = 'submitted'",
    "mine": "c.holder = $1",
    "decision": f"c.state = 'processing' AND {_PROPOSED}",
    "paused": "c.state = 'supplement'",
    "late": "c.due_at < $2 AND c.paused_at IS NULL",
}


async def counts(tx: ReadTx, post: str) -> dict[str, int]:
    """Of every view, in one pass over the unit's open cases."""
    parts = ", ".join(f"count(*) FILTER (WHERE {condition}) AS {name}" for name, condition in _SHOW.items())
    known = "$1::text IS NOT NULL AND $2::timestamptz IS NOT NULL"
    row = await tx.one(f"SELECT {parts} FROM cases.case c WHERE c.settled_at IS NULL AND {known}", post, tx.now)  # noqa: S608
    return dict(row) if row else {}


# Each unit by itself, so that its index gives the order and a page costs its own lines, however many cases there are.
_BY_UNIT = "SELECT found.* FROM unnest($1::text[]) AS own (unit) CROSS JOIN LATERAL"


async def lines(tx: ReadTx, units: list[str], wanted: Wanted, post: str, limit: int) -> list[Line]:
    """The most urgent first."""
    after, code = wanted.after or (None, "")
    show = _SHOW[wanted.show].replace("$2", "$3").replace("$1", "$2")
    rows = await tx.all(
        f"""{_BY_UNIT} (
              SELECT {_COLUMNS} FROM cases.case c
              WHERE c.unit = own.unit AND c.settled_at IS NULL AND {show} AND ($2::text IS NOT NULL AND $3::timestamptz IS NOT NULL)
                AND ($4 = '' OR c.procedure = $4) AND c.due_at >= coalesce($5::timestamptz, '-infinity')
                AND ($5 IS NULL OR (c.due_at, c.code) > ($5, $6))
              ORDER BY c.due_at, c.code LIMIT $7) found
            ORDER BY found.due_at, found.code LIMIT $7""",  # noqa: S608
        units, post, tx.now, wanted.procedure, after, code, limit,
    )  # fmt: skip
    return [Line(**dict(row)) for row in rows]


async def settled(tx: ReadTx, units: list[str], wanted: Wanted, limit: int) -> list[Line]:
    """The last one first."""
    before, code = wanted.after or (None, "")
    rows = await tx.all(
        f"""{_BY_UNIT} (
              SELECT {_COLUMNS} FROM cases.case c
              WHERE c.unit = own.unit AND c.settled_at IS NOT NULL AND ($2 = '' OR c.procedure = $2)
                AND c.settled_at <= coalesce($3::timestamptz, 'infinity') AND ($3 IS NULL OR (c.settled_at, c.code) < ($3, $4))
              ORDER BY c.settled_at DESC, c.code DESC LIMIT $5) found
            ORDER BY found.settled_at DESC, found.code DESC LIMIT $5""",  # noqa: S608
        units, wanted.procedure, before, code, limit,
    )  # fmt: skip
    return [Line(**dict(row)) for row in rows]


async def by_code(tx: ReadTx, code: str) -> list[Line]:
    rows = await tx.all(f"SELECT {_COLUMNS} FROM cases.case c WHERE c.code = $1", code)  # noqa: S608
    return [Line(**dict(row)) for row in rows]


async def by_marks(tx: ReadTx, units: list[str], marks: list[bytes], limit: int) -> list[Line]:
    """Cases that carry every mark, the newest first: identifiers are in the order of their making, so the marks alone decide which are read."""
    rows = await tx.all(
        f"""WITH found AS MATERIALIZED (
              SELECT m.case_id FROM cases.mark m WHERE m.unit = ANY ($1) AND m.mark = ANY ($2)
              GROUP BY m.case_id HAVING count(*) = $3 ORDER BY m.case_id DESC LIMIT $4)
            SELECT {_COLUMNS} FROM found JOIN cases.case c ON c.id = found.case_id ORDER BY c.id DESC""",  # noqa: S608
        units, marks, len(marks), limit,
    )  # fmt: skip
    return [Line(**dict(row)) for row in rows]


async def count_marks(tx: ReadTx, units: list[str], marks: list[bytes]) -> int:
    """How many cases carry every mark: all of them are read, so it is asked only when more were found than are shown."""
    sql = """SELECT count(*) FROM (SELECT 1 FROM cases.mark m WHERE m.unit = ANY ($1) AND m.mark = ANY ($2)
             GROUP BY m.case_id HAVING count(*) = $3) found"""
    return int(await tx.value(sql, units, marks, len(marks)))
