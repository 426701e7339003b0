"""The retention run of a node: find what is over, dispose of it record by record, prove it, and keep the report."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec

from dinh.app.backup import KeptKeys, kept_keys
from dinh.app.retention import store
from dinh.app.retention.contracts import ClassReport, Held, Proof, RetentionRun, RunReport
from dinh.kernel import clock, events, files, keys
from dinh.kernel.caller import Caller, system
from dinh.kernel.node import Node
from dinh.kernel.retention import Holding, Holdings, RecordClass, Wanted, classes_of, ended_before

WHO = system("retention")
BATCH, NAMED = 200, 100
STRAY = timedelta(days=1)
FIRST = UUID(int=0)
LATEST = "latest.json"
STAMP = "%Y%m%dT%H%M%SZ"


class Offered(dict[str, Holding]):
    """Plugged in by nodes: what the rooms of this node keep, by kind."""


async def run(node: Node, *, apply: bool, backup: KeptKeys | None = None) -> RunReport:
    """Every class that this node has records of. A run that was cut short goes on with the next one: each record is a transaction of its own."""
    offered: Holdings = node.part(Offered)
    known, gone = [one for one in classes_of(node.country) if one.kind in offered], list[str]()
    reports = [await _run_class(node, one, offered[one.kind], known, gone, apply=apply) for one in known]
    proof = await _prove(node, gone, backup) if apply else None
    report = RunReport(node=node.code, at=clock.now(), applied=apply, classes=reports, proof=proof)
    if apply and proof is not None:
        await _keep(node, report, proof)
    return report


async def nightly(node: Node) -> int:
    """Once in the chosen hour of each day, by the mark of the last run. A run that was cut short has no mark, and goes on."""
    here = node.country.local(clock.now())
    async with node.read(WHO) as tx:
        last = await store.last_run(tx)
    if here.hour != node.settings.retention_hour or (last and node.country.local_date(last) == here.date()):
        return 0
    return (await run(node, apply=True, backup=kept_keys(node.settings))).disposed


async def _run_class(node: Node, kept: RecordClass, holding: Holding, known: list[RecordClass], gone: list[str], *, apply: bool) -> ClassReport:
    due, disposed, held, after = 0, 0, list[Held](), FIRST
    wanted = _wanted(node, kept, known)
    while True:
        async with node.read(WHO) as tx:
            found = await holding.find(tx, msgspec.structs.replace(wanted, after=after))
        for record in found:
            due, after = due + 1, record.id
            if record.held:
                held.append(Held(record.reference, record.held))
            elif apply:
                one = await _dispose(node, WHO.about(legal_basis=kept.basis), holding, record.id, kept.code)
                disposed += one is not None
                gone += [one] if one else []
        if len(found) < BATCH:
            break
    return ClassReport(
        code=kept.code, kind=kept.kind, title=kept.title, years=kept.years, days=kept.days, counted=kept.counted, basis=kept.basis, ref=kept.ref,
        due=due, disposed=disposed, held=len(held), holds=held[:NAMED],
    )  # fmt: skip


def _wanted(node: Node, kept: RecordClass, known: list[RecordClass]) -> Wanted:
    others = [code for one in known if one.kind == kept.kind for code in one.procedures]
    return Wanted(
        before=ended_before(kept, node.country, clock.now()), procedures=kept.procedures, not_procedures=[] if kept.procedures else others,
        after=FIRST, limit=BATCH,
    )  # fmt: skip


async def _dispose(node: Node, who: Caller, holding: Holding, record: UUID, code: str) -> str | None:
    async with node.write(who) as tx:
        return await holding.dispose(tx, who, record, code)


async def _prove(node: Node, gone: list[str], backup: KeptKeys | None) -> Proof:
    """Nothing that was disposed of opens here, nor with the keys that a backup keeps; every seal still holds."""
    async with node.read(WHO) as tx:
        readable = [scope for scope in gone if not await keys.is_destroyed(tx, scope)]
    removed = await _remove_files(node)
    await _seal(node)
    left = await backup.still_open(node.code, set(gone)) if backup else None
    return Proof(
        destroyed=len(gone) - len(readable),
        readable=readable,
        files_removed=removed,
        events_verified=await events.verify(node),
        backup_keys_left=left,
    )


async def _remove_files(node: Node) -> int:
    """Those whose key is gone, whoever destroyed it. Rows first: a cut in between leaves strays, which the next run removes."""
    async with node.write(WHO) as tx:
        gone = await files.forget(tx)
    async with node.read(WHO) as tx:
        gone += await files.strays(tx, tx.now - STRAY)
    return await asyncio.to_thread(files.remove, node, gone)


async def _seal(node: Node) -> None:
    while await events.seal(node):
        pass


async def _keep(node: Node, report: RunReport, proof: Proof) -> None:
    """The event and the operator's mark first, then the files: a report on disk is of a run that is on record."""
    async with node.write(WHO) as tx:
        await events.append(tx, WHO, node.code, RetentionRun(due=report.due, disposed=report.disposed, held=report.held, proved=proof.holds))
        await store.mark(tx, report.disposed, proved=proof.holds)
    await asyncio.to_thread(_write, folder_of(node), report)


def folder_of(node: Node) -> Path:
    return node.home / "retention"


def _write(folder: Path, report: RunReport) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    encoded = msgspec.json.format(msgspec.json.encode(report))
    (folder / f"{report.at.strftime(STAMP)}.json").write_bytes(encoded)
    partial = folder / "latest.partial"
    partial.write_bytes(encoded)
    partial.replace(folder / LATEST)


def latest(node: Node) -> RunReport | None:
    path = folder_of(node) / LATEST
    return msgspec.json.decode(path.read_bytes(), type=RunReport) if path.exists() else None
