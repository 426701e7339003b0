"""Durable jobs by pgqueuer in schema `jobs`: enqueued inside our transactions, run at least once, held when they fail.

A job is a sequence of steps that can each be repeated: a worker may die between any two of them.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec
from pgqueuer import Job, PgQueuer
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.db import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.domain.settings import DBSettings
from pgqueuer.errors import RetryRequested
from pgqueuer.queries import Queries

from dinh.kernel import log
from dinh.kernel.errors import NotFound, Unavailable
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx

Run = Callable[[Node, dict[str, Any]], Awaitable[None]]
SETTINGS = DBSettings(db_schema="jobs")
ATTEMPTS = 8
_log = log.get("kernel")

GRANTS = """
GRANT USAGE ON SCHEMA jobs TO dinh_rows;
GRANT SELECT, INSERT, UPDATE, DELETE ON jobs.pgqueuer, jobs.pgqueuer_schedules TO dinh_rows;
GRANT SELECT, INSERT, UPDATE ON jobs.pgqueuer_log, jobs.pgqueuer_statistics TO dinh_rows;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA jobs TO dinh_rows;
"""


class Jobs(dict[str, Run]):
    """Job name to the function that runs it on this node; plugged in by app."""


def _queries(driver: Any) -> Queries:
    return Queries(
        driver,
        qbe=QueryBuilderEnvironment(settings=SETTINGS),
        qbq=QueryQueueBuilder(settings=SETTINGS),
        qbs=QuerySchedulerBuilder(settings=SETTINGS),
    )


async def install(connection: asyncpg.Connection) -> None:
    """As the owner."""
    queries = _queries(AsyncpgDriver(connection))
    if await connection.fetchval("SELECT to_regclass('jobs.pgqueuer')"):
        return
    async with connection.transaction():
        await connection.execute("CREATE SCHEMA IF NOT EXISTS jobs")
        await queries.install()
        await connection.execute(GRANTS)


async def enqueue(tx: WriteTx, name: str, payload: dict[str, Any], *, key: str) -> None:
    """Runs after this transaction commits. `key` lets the same job wait only once."""
    queries = _queries(AsyncpgDriver(tx.connection))
    await queries.enqueue(name, msgspec.json.encode(payload), dedupe_key=key, on_conflict="skip")


class Held(msgspec.Struct, frozen=True):
    """A job that failed too often. `reason` is the class of its last fault: its words may hold what a log may not."""

    id: int
    job: str
    attempts: int
    since: datetime
    reason: str


class Backlog(msgspec.Struct, frozen=True):
    """`oldest` is when the job that waits longest was due."""

    waiting: int
    running: int
    oldest: datetime | None
    held: list[Held]


async def backlog(tx: ReadTx) -> Backlog:
    row = await tx.one(
        """SELECT count(*) FILTER (WHERE status = 'queued') AS waiting, count(*) FILTER (WHERE status = 'picked') AS running,
             min(execute_after) FILTER (WHERE status = 'queued') AS oldest FROM jobs.pgqueuer"""
    )
    held = await tx.all(
        """SELECT j.id, j.entrypoint AS job, j.attempts, j.updated AS since, coalesce((SELECT (l.traceback #>> '{}')::jsonb ->> 'exception_type' FROM jobs.pgqueuer_log l
             WHERE l.job_id = j.id AND l.traceback IS NOT NULL ORDER BY l.id DESC LIMIT 1), '') AS reason
           FROM jobs.pgqueuer j WHERE j.status = 'failed' ORDER BY j.id"""
    )
    counts: dict[str, Any] = dict(row or {"waiting": 0, "running": 0, "oldest": None})
    return Backlog(**counts, held=[Held(**dict(one)) for one in held])


async def held_job(tx: WriteTx, job: int) -> str:
    """The name of a held job, whose row is locked: of two operators one acts. Raises NotFound."""
    name: str | None = await tx.value("SELECT entrypoint FROM jobs.pgqueuer WHERE id = $1 AND status = 'failed' FOR UPDATE", job)
    if name is None:
        raise NotFound("kernel.no_held_job")
    return name


async def release(tx: WriteTx, job: int) -> str:
    """Run a held job again, from its first attempt, once this transaction commits. Its name; raises NotFound."""
    name = await held_job(tx, job)
    await _queries(AsyncpgDriver(tx.connection)).requeue_jobs([job])  # type: ignore[list-item]  # their type for an integer
    return name


async def work(node: Node, pool: asyncpg.Pool, stop: asyncio.Event) -> None:
    """Run jobs until `stop`. A worker that lost its database raises; its supervisor starts it anew."""
    driver = AsyncpgPoolDriver(pool)
    queue = PgQueuer(driver, queries=_queries(driver))
    for name, run in node.part(Jobs).items():
        queue.entrypoint(name, on_failure="hold")(_entry(node, name, run))
    link = asyncio.create_task(stop.wait())
    link.add_done_callback(lambda _: queue.shutdown.set())
    try:
        await queue.run(dequeue_timeout=timedelta(seconds=1), heartbeat_timeout=timedelta(seconds=10), shutdown_on_listener_failure=True)
    finally:
        link.cancel()


def _entry(node: Node, name: str, run: Run) -> Callable[[Job], Awaitable[None]]:
    async def entry(job: Job) -> None:
        try:
            await run(node, msgspec.json.decode(job.payload or b"{}"))
        except Exception as error:
            _log.warning("job_failed", node=node.code, job=name, attempts=job.attempts, exc_info=not isinstance(error, Unavailable))
            # What is down comes back: only a fault of the job itself is held for an operator.
            if job.attempts >= ATTEMPTS and not isinstance(error, Unavailable):
                raise
            raise RetryRequested(delay=timedelta(seconds=min(2 ** min(job.attempts, 9), 300)), reason=type(error).__name__) from error

    return entry


async def drain(node: Node, pool: asyncpg.Pool) -> None:
    """Run what is waiting now, then return (tests and the demonstration's first data)."""
    stop = asyncio.Event()
    worker = asyncio.create_task(work(node, pool, stop))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(60):
            while await pool.fetchval("SELECT count(*) FROM jobs.pgqueuer WHERE status IN ('queued', 'picked')"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    stop.set()
    await worker
