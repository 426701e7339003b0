"""SQL of posts and their holders."""

from datetime import date

import asyncpg

from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices.posts.contracts import Holding, Post


def _holding(row: asyncpg.Record) -> Holding:
    return Holding(Post(row["code"], row["unit"], row["agency"], row["template"]), row["person"], row["since"])


async def insert_posts(tx: WriteTx, posts: list[Post]) -> None:
    await tx.run_many(
        "INSERT INTO offices.post (code, unit, agency, template) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        [(post.code, post.unit, post.agency, post.template) for post in posts],
    )


async def end_holding(tx: WriteTx, post: str, until: date) -> None:
    await tx.run("UPDATE offices.holder SET until = $2 WHERE post = $1 AND until IS NULL", post, until)


async def insert_holding(tx: WriteTx, post: str, person: str, since: date) -> None:
    await tx.run("INSERT INTO offices.holder (post, person, since) VALUES ($1, $2, $3)", post, person, since)


async def post(tx: ReadTx, code: str) -> Post | None:
    row = await tx.one("SELECT code, unit, agency, template FROM offices.post WHERE code = $1", code)
    return Post(**dict(row)) if row else None


async def holdings_of_person(tx: ReadTx, person: str, day: date) -> list[Holding]:
    rows = await tx.all(
        """SELECT p.code, p.unit, p.agency, p.template, h.person, h.since FROM offices.holder h JOIN offices.post p ON p.code = h.post
           WHERE h.person = $1 AND h.since <= $2 AND (h.until IS NULL OR $2 < h.until) ORDER BY p.code""",
        person, day,
    )  # fmt: skip
    return [_holding(row) for row in rows]


async def holdings_of_unit(tx: ReadTx, unit: str, day: date) -> list[Holding]:
    rows = await tx.all(
        """SELECT p.code, p.unit, p.agency, p.template, h.person, h.since FROM offices.holder h JOIN offices.post p ON p.code = h.post
           WHERE p.unit = $1 AND h.since <= $2 AND (h.until IS NULL OR $2 < h.until) ORDER BY p.code""",
        unit, day,
    )  # fmt: skip
    return [_holding(row) for row in rows]
