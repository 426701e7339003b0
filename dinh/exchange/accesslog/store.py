"""SQL of the access log. The application can add entries and read them, and nothing else."""

from dinh.exchange.accesslog.contracts import Entry
from dinh.kernel.transactions import ReadTx, WriteTx


async def insert(tx: WriteTx, person: str, entry: Entry) -> None:
    await tx.run(
        """INSERT INTO exchange.access (id, person, at, agency, post, purpose, legal_basis, what, case_code)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        entry.id, person, entry.at, entry.agency, entry.post, entry.purpose, entry.legal_basis, entry.what, entry.case,
    )  # fmt: skip


async def of_person(tx: ReadTx, person: str, limit: int) -> list[Entry]:
    rows = await tx.all(
        """SELECT id, at, agency, post, purpose, legal_basis, what, case_code AS "case" FROM exchange.access
           WHERE person = $1 ORDER BY at DESC, id DESC LIMIT $2""",
        person, limit,
    )  # fmt: skip
    return [Entry(**dict(row)) for row in rows]
