"""SQL of the queue. Row-level security shows an official what their own agency keeps."""

from datetime import date
from uuid import UUID

from dinh.kernel import ids
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.registers.description import Register
from dinh.registers.measures import SEVERITIES
from dinh.registers.queue.contracts import Correction, Finding, Proposal, Wish

FINDING = "id, register, rule, row_key, unit, agency, severity, state, holder, first_seen, last_seen, fixed_on, accepted_on, returned, key, note"
PROPOSAL = "id, finding, column_name AS column, key, old_value, new_value, note, person, post, proposed_at, state, decided_post, decided_at"
WAITING = ["open", "claimed"]


def _wanted(wish: Wish, post: str | None) -> tuple[str, list[object]]:
    """The condition after `register = $1`, and its values."""
    values: list[object] = []
    conditions = ""

    def add(condition: str, value: object) -> None:
        nonlocal conditions
        values.append(value)
        conditions += f" AND {condition} ${len(values) + 1}"

    if wish.state in {"waiting", "mine"}:
        conditions += " AND state IN ('open', 'claimed')"
    elif wish.state:
        add("state =", wish.state)
    if wish.state == "mine":
        add("holder =", post)
    if wish.rule:
        add("rule =", wish.rule)
    if wish.agency:
        add("agency =", wish.agency)
    if wish.severity in SEVERITIES:
        add("severity =", SEVERITIES.index(wish.severity))
    return conditions, values


async def page(tx: ReadTx, register: str, wish: Wish, post: str | None, limit: int) -> list[Finding]:
    """By severity, the oldest first, after the finding `wish.after`."""
    conditions, values = _wanted(wish, post)
    if wish.after:
        values.append(wish.after)
        at = len(values) + 1
        conditions += f" AND (severity, first_seen, id) > (SELECT f.severity, f.first_seen, f.id FROM registers.finding f WHERE f.id = ${at})"  # noqa: S608
    sql = f"SELECT {FINDING} FROM registers.finding WHERE register = $1{conditions} ORDER BY severity, first_seen, id LIMIT {limit}"  # noqa: S608
    return [Finding(**dict(row)) for row in await tx.all(sql, register, *values)]


async def count(tx: ReadTx, register: str, wish: Wish, post: str | None) -> int:
    conditions, values = _wanted(wish, post)
    return int(await tx.value(f"SELECT count(*) FROM registers.finding WHERE register = $1{conditions}", register, *values))  # noqa: S608


async def agencies(tx: ReadTx, register: str) -> list[str]:
    """Those that answer for some finding, also a fixed one."""
    rows = await tx.all("SELECT DISTINCT agency FROM registers.finding WHERE register = $1 ORDER BY agency", register)
    return [row["agency"] for row in rows]


async def find(tx: ReadTx, register: str, finding: UUID) -> Finding | None:
    row = await tx.one(f"SELECT {FINDING} FROM registers.finding WHERE register = $1 AND id = $2", register, finding)  # noqa: S608
    return Finding(**dict(row)) if row else None


async def lock(tx: WriteTx, register: str, finding: UUID) -> Finding | None:
    row = await tx.one(f"SELECT {FINDING} FROM registers.finding WHERE register = $1 AND id = $2 FOR UPDATE", register, finding)  # noqa: S608
    return Finding(**dict(row)) if row else None


async def claim(tx: WriteTx, finding: UUID, post: str) -> None:
    sql = "UPDATE registers.finding SET state = 'claimed', holder = $2, accepted_on = NULL WHERE id = $1"
    await tx.run(sql, finding, post)


async def accept(tx: WriteTx, finding: UUID, key: UUID, note: bytes, day: date) -> None:
    sql = "UPDATE registers.finding SET state = 'accepted', holder = NULL, key = $2, note = $3, accepted_on = $4 WHERE id = $1"
    await tx.run(sql, finding, key, note, day)


async def put_proposal(tx: WriteTx, keeper: str, proposal: Proposal) -> None:
    await tx.run(
        """INSERT INTO registers.proposal (id, finding, keeper, column_name, key, old_value, new_value, note, person, post, proposed_at, state)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
        proposal.id, proposal.finding, keeper, proposal.column, proposal.key, proposal.old_value, proposal.new_value, proposal.note, proposal.person,
        proposal.post, proposal.proposed_at, proposal.state,
    )  # fmt: skip


async def proposals(tx: ReadTx, finding: UUID) -> list[Proposal]:
    """The newest first."""
    rows = await tx.all(f"SELECT {PROPOSAL} FROM registers.proposal WHERE finding = $1 ORDER BY proposed_at DESC", finding)  # noqa: S608
    return [Proposal(**dict(row)) for row in rows]


async def waiting(tx: ReadTx, finding: UUID) -> Proposal | None:
    row = await tx.one(f"SELECT {PROPOSAL} FROM registers.proposal WHERE finding = $1 AND state = 'waiting'", finding)  # noqa: S608
    return Proposal(**dict(row)) if row else None


async def decide(tx: WriteTx, proposal: UUID, state: str, person: str, post: str) -> None:
    await tx.run(
        "UPDATE registers.proposal SET state = $2, decided_by = $3, decided_post = $4, decided_at = $5 WHERE id = $1",
        proposal, state, person, post, tx.now,
    )  # fmt: skip


async def keep_correction(tx: WriteTx, made: Correction) -> None:
    await tx.run(
        """INSERT INTO registers.correction (id, register, row_key, column_name, keeper, agency, key, old_value, new_value, basis, proposed_post, post,
             corrected_at, corrected_on)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)""",
        ids.new_id(), made.register, made.row_key, made.column, made.keeper, made.agency, made.key, made.old_value, made.new_value, made.basis,
        made.proposed_post, made.post, tx.now, tx.node.country.local_date(tx.now),
    )  # fmt: skip


async def relatives(tx: ReadTx, register: Register, columns: list[str], person: str) -> set[str]:
    """Parents, spouse, children, brothers and sisters, as the register of persons knows them. Looks through indexed columns only."""
    own = await tx.one(f"SELECT {', '.join(columns)} FROM registers.{register.name} WHERE {register.key} = $1", person)  # noqa: S608
    known = {value for value in (own or ()) if value}
    indexed = [column for column in columns if register.column(column).index or register.column(column).unique]
    if not indexed:
        return known
    sql = " UNION ".join(f"(SELECT {register.key} AS key FROM registers.{register.name} WHERE {column} = ANY ($1))" for column in indexed)  # noqa: S608
    rows = await tx.all(sql, [person, *known])
    return known | {row["key"] for row in rows}
