"""Who operates a node, what they are told, and what they can do."""

import platform
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec

from dinh.app import release
from dinh.app.certificates import SOON, certificates_of, soonest
from dinh.app.operator import rules, store
from dinh.app.operator.contracts import (
    About,
    Database,
    Disk,
    Facts,
    Health,
    JobPutAside,
    JobReleased,
    Mark,
    Operator,
    OperatorEntrusted,
    OperatorRelieved,
    OutboxRetried,
    Reason,
    VerificationAsked,
)  # fmt: skip
from dinh.exchange import doubts_of, outbox_of, pending_renewals, retry_now, states_of
from dinh.kernel import clock, events, jobs, metrics
from dinh.kernel.caller import Caller, system
from dinh.kernel.database import migrations
from dinh.kernel.errors import BadSignature, Invalid, NotFound
from dinh.kernel.node import Node
from dinh.kernel.sessions import Duties
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.trust import Keyring, SignerError, handle_of_node

OPERATE = "operate"
VERIFY = "app.verify"
LOOP = "loop."
SLOWEST = 12


class Volumes(msgspec.Struct, frozen=True):
    """Plugged in by nodes: where the database lies, None where its server is elsewhere; and all migrations of this node."""

    database: Path | None
    migrations: Sequence[migrations.Migration]


class Operators(Duties):
    """Read at each request, so that who is relieved is out at once."""

    async def of(self, node: Node, person: str) -> tuple[str, ...]:
        async with node.read(system("operators")) as tx:
            return (OPERATE,) if await store.is_operator(tx, person) else ()


async def entrust(tx: WriteTx, who: Caller, person: str) -> None:
    """The person operates this node from now on. Once more has no effect."""
    if await store.add_operator(tx, person):
        await events.append(tx, who, person, OperatorEntrusted(person=person))


async def relieve(tx: WriteTx, who: Caller, person: str) -> None:
    """Raises NotFound for a person who does not operate this node."""
    if not await store.remove_operator(tx, person):
        raise NotFound("app.no_operator")
    await events.append(tx, who, person, OperatorRelieved(person=person))


async def operators_of(tx: ReadTx) -> list[Operator]:
    return await store.operators(tx)


async def health(node: Node, who: Caller) -> Health:
    """All facts of this node, and what needs the operator. The transaction is closed before signer and disks are asked."""
    async with node.read(who) as tx:
        known = {mark.name: mark for mark in await store.marks(tx)}
        certificates = await certificates_of(tx)
        facts = Facts(
            at=tx.now, node=node.code, about=_about(node), jobs=await jobs.backlog(tx), aside=await store.aside(tx),
            outbox=await outbox_of(tx) if "exchange" in node.plan.rooms else None, seals=await events.sealing(tx), verified=known.get("verification"),
            backup=known.get("backup"), certificates=soonest(certificates), ending=[one for one in certificates if one.until - tx.now <= SOON], signer=False, disks=[], database=await _database(tx),
            loops=[mark for name, mark in known.items() if name.startswith(LOOP)],
            held_documents=await states_of(tx) if "exchange" in node.plan.rooms else [],
            renewals=len(await pending_renewals(tx)) if "exchange" in node.plan.rooms else 0,
            doubts=await doubts_of(tx) if "exchange" in node.plan.rooms else None, slowest=metrics.TIMINGS.slowest(node.code, SLOWEST),
        )  # fmt: skip
    loops = [msgspec.structs.replace(mark, name=mark.name.removeprefix(LOOP)) for mark in facts.loops]
    return rules.assess(msgspec.structs.replace(facts, signer=await _signer_answers(node), disks=_disks(node), loops=loops))


def _about(node: Node) -> About:
    mine, settings = release.current(), node.settings
    return About(settings.mode, mine.version, mine.commit, mine.schema, platform.python_version(), node.country.code, settings.clock_offset_seconds)


async def _database(tx: ReadTx) -> Database:
    row, known = await store.database(tx), await migrations.applied(tx.connection)
    waiting = [migration.title for migration in tx.node.part(Volumes).migrations if (migration.room, migration.number) not in known]
    return Database(**dict(row or {}), applied=len(known), pending=waiting)


async def _signer_answers(node: Node) -> bool:
    try:
        await node.part(Keyring).signer.public(handle_of_node(node.code))
    except SignerError:
        return False
    return True


def _disks(node: Node) -> list[Disk]:
    places = {"home": node.settings.home, "database": node.part(Volumes).database}
    found = []
    for place, path in places.items():
        if path is not None and path.exists():
            usage = shutil.disk_usage(path)
            found.append(Disk(place, usage.free, usage.total))
    return found


async def release_job(tx: WriteTx, who: Caller, job: int) -> None:
    """A held job runs again, put aside or not. Takes the job's row lock. Raises NotFound when it is no longer held."""
    name = await jobs.release(tx, job)
    await store.take_back(tx, job)
    await events.append(tx, who, f"job:{job}", JobReleased(job=name, number=job))


async def put_job_aside(tx: WriteTx, who: Caller, job: int, reason: str) -> None:
    """A held job no longer needs anybody. Takes the job's row lock. Raises NotFound, Invalid without a known reason."""
    if reason not in get_args(Reason):
        raise Invalid("app.reason_needed")
    name = await jobs.held_job(tx, job)
    await store.put_aside(tx, job, reason)
    await events.append(tx, who, f"job:{job}", JobPutAside(job=name, number=job, reason=reason))


async def retry_outbox(tx: WriteTx, who: Caller) -> None:
    await events.append(tx, who, "outbox", OutboxRetried(messages=await retry_now(tx)))


async def ask_verification(tx: WriteTx, who: Caller) -> None:
    """A job recomputes the whole tree; asked twice, it runs once."""
    await jobs.enqueue(tx, VERIFY, {}, key=VERIFY)
    await events.append(tx, who, "seals", VerificationAsked())


async def verify_seals(node: Node, _: dict[str, Any]) -> None:
    """The job. What it finds is a fact to show, not a fault of the job."""
    try:
        outcome, amount = "intact", await events.verify(node)
    except BadSignature as error:
        outcome, amount = str(error), 0
    async with node.write(system("verify")) as tx:
        await store.put_mark(tx, Mark("verification", tx.now, outcome, amount))


class Rounds:
    """What the worker's loops have done since their marks were last kept: a mark for every round would be a write for every round."""

    def __init__(self) -> None:
        self._done: dict[str, tuple[Any, int]] = {}

    def note(self, loop: str) -> None:
        self._done[loop] = (clock.now(), self._done.get(loop, (None, 0))[1] + 1)

    async def keep(self, node: Node) -> None:
        taken, self._done = self._done, {}
        async with node.write(system("worker")) as tx:
            for loop, (at, rounds) in sorted(taken.items()):
                await store.put_mark(tx, Mark(LOOP + loop, at, "ran", rounds))
