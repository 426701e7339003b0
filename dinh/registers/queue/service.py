"""Verbs of the queue. Each locks its finding and reads the grant afresh behind the lock."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from dinh.exchange import record
from dinh.kernel import events, ids, keys
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices import may
from dinh.registers import description
from dinh.registers.description import Column, Record, Register
from dinh.registers.measures import Quality
from dinh.registers.quality import answering, close_kept, judge, quality_of
from dinh.registers.queue import rules, store
from dinh.registers.queue.contracts import (
    Correction,
    CorrectionApproved,
    CorrectionProposed,
    CorrectionRefused,
    Finding,
    FindingAccepted,
    FindingClaimed,
    Opened,
    Proposal,
    RecordCorrected,
    Shown,
    Wish,
)  # fmt: skip

PAGE = 50
DUTY = "keep"
PURPOSE = "quality"


async def _kept(tx: ReadTx, who: Caller, name: str) -> tuple[Register, Quality]:
    """The register, for a keeper of its agency. Another agency's register is refused as if it were not there, and recorded."""
    register, quality = quality_of(tx.node.country, name)
    if who.agency != quality.agency:
        raise NotFound(subject=f"register:{name}")
    if not await may(tx, who, DUTY, name):
        raise NotAllowed("kernel.duty_needed")
    return register, quality


async def queue(tx: ReadTx, who: Caller, name: str, wish: Wish) -> tuple[list[Finding], int, bool]:
    """A page of findings, how many there are in all, and whether more follow. Nobody is named."""
    await _kept(tx, who, name)
    found = await store.page(tx, name, wish, who.post, PAGE + 1)
    return found[:PAGE], await store.count(tx, name, wish, who.post), len(found) > PAGE


async def agencies(tx: ReadTx, name: str) -> list[str]:
    return await store.agencies(tx, name)


async def _record(tx: ReadTx, who: Caller, register: Register, quality: Quality, finding: Finding) -> Record:
    """The record, for officials who are strangers to everyone it names."""
    found = await description.find(tx, register, register.key, finding.row_key)
    if found is None:
        raise NotFound(subject=str(finding.id))
    family = {who.person or ""}
    for known in description.all_of(tx.node.country):
        if known.quality and known.quality.family:
            family |= await store.relatives(tx, known, known.quality.family, who.person or "")
    rules.check_strangers(rules.subjects_of(found, quality.subjects), family)
    return found


async def open_finding(tx: WriteTx, who: Caller, name: str, finding: UUID) -> Opened:
    """To show it: the access is recorded for everyone the record names, before it leaves."""
    register, quality = await _kept(tx, who, name)
    found = await store.find(tx, name, finding)
    if found is None:
        raise NotFound(subject=f"finding:{finding}")
    row = await _record(tx, who, register, quality, found)
    for person in rules.subjects_of(row, quality.subjects):
        await record(tx, who, person, quality.service, purpose=PURPOSE, legal_basis=quality.basis, shown="full")
    return Opened(
        finding=found, register=register, quality=quality, rule=next((rule for rule in quality.rules if rule.code == found.rule), None), record=row,
        broken=await judge(tx, register, found.row_key), proposals=[await _shown(tx, one) for one in await store.proposals(tx, finding)],
        reason=await _reason(tx, found),
    )  # fmt: skip


async def _shown(tx: ReadTx, proposal: Proposal) -> Shown:
    old = msgspec.json.decode(await _open(tx, proposal, proposal.old_value))
    new = msgspec.json.decode(await _open(tx, proposal, proposal.new_value))
    return Shown(proposal=proposal, old=old, new=new, note=(await _open(tx, proposal, proposal.note)).decode())


async def _open(tx: ReadTx, proposal: Proposal, content: bytes) -> bytes:
    return (await keys.by_id(tx, proposal.key)).decrypt(content, proposal.id.bytes)


async def _reason(tx: ReadTx, finding: Finding) -> str:
    if finding.key is None or finding.note is None:
        return ""
    return (await keys.by_id(tx, finding.key)).decrypt(finding.note, finding.id.bytes).decode()


async def _turn(tx: WriteTx, who: Caller, name: str, finding: UUID, turn: str) -> tuple[Register, Quality, Finding, Record]:
    """Lock the finding for a turn. Raises NotFound, NotAllowed, Conflict."""
    register, quality = await _kept(tx, who, name)
    found = await store.lock(tx, name, finding)
    if found is None:
        raise NotFound(subject=f"finding:{finding}")
    rules.check_turn(found.state, turn)
    return register, quality, found, await _record(tx, who, register, quality, found)


async def _held(tx: WriteTx, who: Caller, name: str, finding: UUID, turn: str) -> tuple[Register, Quality, Finding, Record]:
    """The same, for the post that has the finding, and while no proposal waits."""
    taken = await _turn(tx, who, name, finding, turn)
    if taken[2].holder != who.post:
        raise NotAllowed("registers.not_holder")
    if await store.waiting(tx, finding):
        raise Conflict("registers.proposal_waits")
    return taken


async def claim(tx: WriteTx, who: Caller, name: str, finding: UUID) -> None:
    """Take it on; also from a colleague who is away, and when it was accepted before."""
    _, _, found, _ = await _turn(tx, who, name, finding, "claim")
    if found.holder == who.post:
        return
    await store.claim(tx, finding, who.post or "")
    await events.append(tx, who, str(finding), FindingClaimed(register=name, rule=found.rule, finding=str(finding)))


async def accept(tx: WriteTx, who: Caller, name: str, finding: UUID, reason: str) -> None:
    """The value is right as it is. The rule stays quiet about this record until it changes."""
    note = rules.check_note(reason)
    register, _, found, _ = await _held(tx, who, name, finding, "accept")
    key = await keys.for_scope(tx, _scope(register, found))
    await store.accept(tx, finding, key.id, key.encrypt(note.encode(), finding.bytes), tx.node.country.local_date(tx.now))
    await events.append(tx, who, str(finding), FindingAccepted(register=name, rule=found.rule, finding=str(finding)))


def correctable(register: Register, quality: Quality, column: str) -> Column:
    """Raises NotFound for what cannot be corrected here."""
    if column not in quality.correctable:
        raise NotFound(subject=f"column:{column[:40]}")
    return register.column(column)


async def propose(tx: WriteTx, who: Caller, name: str, finding: UUID, column: str, typed: str, note: str) -> None:
    """Say what is right, and why. Raises Invalid for a value that is none, changes nothing or breaks another rule."""
    register, quality, found, row = await _held(tx, who, name, finding, "propose")
    declared = correctable(register, quality, column)
    value, reason = _checked(declared, typed, note, row[column])
    await _try(tx, register, found.row_key, declared, value)
    proposal, key = ids.new_id(), await keys.for_scope(tx, _scope(register, found))
    old, new = (key.encrypt(msgspec.json.encode(each), proposal.bytes) for each in (row[column], value))
    sealed = key.encrypt(reason.encode(), proposal.bytes)
    proposed = Proposal(
        id=proposal, finding=finding, column=column, key=key.id, old_value=old, new_value=new, note=sealed, person=who.person or "", post=who.post or "",
        proposed_at=tx.now, state="waiting",
    )  # fmt: skip
    await store.put_proposal(tx, quality.agency, proposed)
    await events.append(tx, who, str(finding), CorrectionProposed(register=name, column=column, finding=str(finding)))


def _checked(column: Column, typed: str, note: str, before: Any) -> tuple[Any, str]:
    """Value and reason. Raises Invalid with every wrong field."""
    wrong: dict[str, str] = {}
    value, reason = before, ""
    try:
        value = description.value_of(column, typed)
        if value == before:
            wrong["value"] = "registers.no_change"
    except Invalid as error:
        wrong |= error.fields
    try:
        reason = rules.check_note(note)
    except Invalid as error:
        wrong |= error.fields
    if wrong:
        raise Invalid(fields=wrong)
    return value, reason


async def _try(tx: WriteTx, register: Register, key: str, column: Column, value: Any) -> None:
    """See what the value would break, and take it back."""
    if column.unique and await description.taken(tx, register, key, column.name, value):
        raise Invalid(fields={"value": "registers.value_taken"})
    before = await judge(tx, register, key)
    async with description.on_trial(tx):
        await description.update(tx, register, key, {column.name: value})
        after = await judge(tx, register, key)
    if after - before:
        raise Invalid("registers.breaks_rule", fields={"value": "registers.breaks_rule"}, rules=sorted(after - before))


async def approve(tx: WriteTx, who: Caller, name: str, finding: UUID, proposal: UUID) -> set[str]:
    """Carry out what another keeper proposed. What the record now keeps is fixed at once. Returns what it still breaks."""
    register, quality, found, _ = await _turn(tx, who, name, finding, "approve")
    row = await description.lock(tx, register, found.row_key) or {}
    waiting = await _waiting(tx, finding, proposal)
    rules.check_second(waiting.person, who.person)
    column = correctable(register, quality, waiting.column)
    if await _open(tx, waiting, waiting.old_value) != msgspec.json.encode(row[column.name]):
        raise Conflict("registers.value_moved")
    value: Any = msgspec.json.decode(await _open(tx, waiting, waiting.new_value), type=date | None if column.type == "date" else Any)
    await _try(tx, register, found.row_key, column, value)
    await description.update(tx, register, found.row_key, {column.name: value})
    await _keep(tx, who, register, found, waiting, (row[column.name], value))
    await store.decide(tx, proposal, "approved", who.person or "", who.post or "")
    await events.append(tx, who, str(finding), CorrectionApproved(register=name, column=column.name, finding=str(finding)))
    return await close_kept(tx, register, found.row_key)


async def _keep(tx: WriteTx, who: Caller, register: Register, finding: Finding, proposal: Proposal, values: tuple[Any, Any]) -> None:
    """What was and what is, encrypted with the record's key; the spine says that it was corrected, not what."""
    quality, key = quality_of(tx.node.country, register.name)[1], await keys.for_scope(tx, _scope(register, finding))
    old, new = (key.encrypt(msgspec.json.encode(value), proposal.column.encode()) for value in values)
    agency = answering(tx.node.country, tx.node.country.local_date(tx.now)).get(finding.unit, quality.agency)
    made = Correction(
        register=register.name, row_key=finding.row_key, column=proposal.column, keeper=quality.agency, agency=agency, key=key.id, old_value=old,
        new_value=new, basis=quality.basis, proposed_post=proposal.post, post=who.post or "",
    )  # fmt: skip
    await store.keep_correction(tx, made)
    event = RecordCorrected(register=register.name, row=finding.row_key, column=proposal.column, agency=agency)
    await events.append(tx, who, finding.row_key, event)


def _scope(register: Register, finding: Finding) -> str:
    """Of the data key that notes and former values of a record are encrypted with."""
    return f"record:{register.name}:{finding.row_key}"


async def refuse(tx: WriteTx, who: Caller, name: str, finding: UUID, proposal: UUID) -> None:
    """Turn the proposal down; who made it takes it back the same way."""
    await _turn(tx, who, name, finding, "refuse")
    waiting = await _waiting(tx, finding, proposal)
    await store.decide(tx, proposal, "withdrawn" if waiting.person == who.person else "refused", who.person or "", who.post or "")
    await events.append(tx, who, str(finding), CorrectionRefused(register=name, column=waiting.column, finding=str(finding)))


async def _waiting(tx: ReadTx, finding: UUID, proposal: UUID) -> Proposal:
    """Raises Conflict when it was decided already, or is not this one."""
    found = await store.waiting(tx, finding)
    if found is None or found.id != proposal:
        raise Conflict("registers.turn_closed")
    return found
