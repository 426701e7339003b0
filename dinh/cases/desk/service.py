"""Verbs of the desk, up to the proposal."""

import base64
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from dinh.cases import outcomes
from dinh.cases.clocks import Due, calendar_of, due_by
from dinh.cases.desk import rules, store
from dinh.cases.desk.contracts import (
    COUNTER,
    Case,
    CaseAccepted,
    CaseChecked,
    CaseContent,
    CaseProposed,
    CaseReceived,
    ClockStarted,
    FiledFile,
    NewCase,
    Proposal,
    StoredAttachment,
)  # fmt: skip
from dinh.cases.outcomes import Filed, Finding
from dinh.cases.procedures import Procedure, catalogue_of
from dinh.cases.slips import Slip
from dinh.exchange import Question, record, tell
from dinh.kernel import events, files, ids, keys, languages
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from dinh.kernel.forms import check
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices import able, directory_of, may


async def take_application(tx: WriteTx, who: Caller, message: Question) -> None:
    """A message from the portal. What arrives twice is one case."""
    new = msgspec.convert(message.body, NewCase)
    directory_of(tx.node.country).check_unit(new.unit, message.provider)
    if not await store.known(tx, new.application):
        await receive(tx, who, new)


async def receive(tx: WriteTx, who: Caller, new: NewCase) -> Case:
    """Number the case, start its clock and tell the portal. Raises Invalid with every wrong field."""
    procedure = catalogue_of(tx.node.country).version(new.procedure, new.version)
    _check(tx, procedure, new)
    received = min(new.submitted_at, tx.now)
    deadline, local = procedure.deadline, tx.node.country.local(received)
    clock = due_by(deadline.unit, calendar_of(tx.node.country, deadline.calendar), local, deadline.days, deadline.cutoff)
    key, case = await _case(tx, who, new, received, clock)
    await store.insert(tx, case, clock, deadline, marks(tx, rules.findable(procedure, new.answers, _fold(tx))))
    await note_representative(tx, who, case)
    arrived = CaseReceived(case=case.code, procedure=case.procedure, unit=case.unit, channel=case.channel, due_on=case.due_on)
    started = ClockStarted(
        counted_from=clock.counted_from, days=deadline.days, calendar=deadline.calendar, due_on=clock.on, late_arrival=clock.late_arrival
    )
    await events.append(tx, who, case.code, arrived, started, case=case.code, occurred_at=received)
    await progress(tx, who, case, at=received, first=True, key=key)
    return case


async def note_representative(tx: WriteTx, who: Caller, case: Case) -> None:
    """Whoever acts for the applicant under a mandate stands in the case: they may not decide it."""
    if who.on_behalf_of == case.applicant and who.person:
        await store.add_representative(tx, case, who.person)


def _fold(tx: ReadTx) -> Callable[[str], str]:
    return languages.of(tx.node.country.languages[0]).fold


def marks(tx: ReadTx, findable: Iterable[tuple[str, str]]) -> list[bytes]:
    """Keyed hashes: a case is found by a name that someone types, and no name is kept."""
    return [keys.pseudonym(tx.node, kind, text) for kind, text in sorted(findable)]


def about_mark(tx: ReadTx, code: str) -> bytes:
    """What a case carries that is about another one: a complaint, a correction."""
    return marks(tx, [("about", code)])[0]


def _check(tx: ReadTx, procedure: Procedure, new: NewCase) -> None:
    """At the counter papers are shown, not uploaded."""
    filed_on = tx.node.country.local_date(min(new.submitted_at, tx.now))
    wrong = check(procedure.form.asked(new.answers, filed_on), new.answers, filed_on, files=new.channel != COUNTER)
    if new.answers.get(procedure.unit_field) != new.unit:
        wrong[procedure.unit_field] = "kernel.field_wrong_unit"
    if wrong:
        raise Invalid(fields=wrong)


async def _case(tx: WriteTx, who: Caller, new: NewCase, received: datetime, clock: Due) -> tuple[keys.DataKey, Case]:
    agency = directory_of(tx.node.country).agency_of_unit(new.unit).code
    case_id, day = ids.new_id(), tx.node.country.local_date(tx.now)
    number = await store.next_number(tx, new.unit, day)
    key = await keys.create(tx, f"case:{case_id}")
    content = CaseContent(new.answers, new.sources, await store_files(tx, new.files, key))
    return key, Case(
        id=case_id, code=rules.code(catalogue_of(tx.node.country).rules.code_format, agency, day, number), application=new.application,
        procedure=new.procedure, version=new.version, unit=new.unit, agency=agency, channel=new.channel, state=rules.initial_state(new.channel),
        received_at=received, due_on=clock.on, due_at=clock.at, settled_at=None, holder=who.post if new.channel == COUNTER else None, key=key.id,
        content=key.encrypt(msgspec.json.encode(content), case_id.bytes), applicant=new.person,
    )  # fmt: skip


async def store_files(tx: WriteTx, filed_: list[FiledFile], key: keys.DataKey) -> dict[str, StoredAttachment]:
    """By field."""
    stored = {}
    for file in filed_:
        put = await files.put(tx, base64.b64decode(file.content), key)
        stored[file.field] = StoredAttachment(put.id, file.name)
    return stored


async def progress(
    tx: WriteTx,
    who: Caller,
    case: Case,
    *,
    at: datetime | None = None,
    first: bool = False,
    slip: Slip | None = None,
    key: keys.DataKey | None = None,
) -> None:
    """Tell the portal where the case now is, in the same transaction that moves it there."""
    body: dict[str, Any] = {
        "application": str(case.application), "person": case.applicant, "procedure": case.procedure, "version": case.version.isoformat(),
        "unit": case.unit, "code": case.code, "state": case.state, "due_on": case.due_on.isoformat(), "received_at": case.received_at.isoformat(),
        "holder": case.holder, "at": (at or tx.now).isoformat(), "first": first, "note": slip.name if slip else None, "paused_at": case.paused_at,
        "promised_on": case.promised_on, "slip": slip,
    }  # fmt: skip
    portal = tx.node.country.portal.operator
    message = Question(service="cases.progress", client=case.agency, provider=portal, purpose="settle", body=body, case=case.code)
    await tell(tx, who, message, key=key or await keys.by_id(tx, case.key))


def procedure_of(tx: ReadTx, case: Case) -> Procedure:
    return catalogue_of(tx.node.country).version(case.procedure, case.version)


async def content_of(tx: ReadTx, case: Case) -> CaseContent:
    key = await keys.by_id(tx, case.key)
    return msgspec.json.decode(key.decrypt(case.content, case.id.bytes), type=CaseContent)


async def find(tx: ReadTx, code: str) -> Case:
    """Raises NotFound, recorded, also for another unit's case."""
    case = await store.by_code(tx, code)
    if case is None:
        raise NotFound(subject=f"case:{code[:60]}")
    return case


async def find_application(tx: ReadTx, application: UUID) -> Case | None:
    """The case that this request made before."""
    return await store.by_application(tx, application)


async def open_case(tx: WriteTx, who: Caller, code: str) -> Case:
    """To show it: the access is recorded for everyone the page tells about, before it leaves."""
    case = await find(tx, code)
    finding = await finding_of(tx, case)
    persons = finding.about if finding else []
    basis = catalogue_of(tx.node.country).rules.basis
    for person in dict.fromkeys([case.applicant, *persons]):
        await record(tx, who.about(case=code), person, "cases.case", purpose="settle", legal_basis=basis)
    return case


async def open_attachment(tx: WriteTx, who: Caller, code: str, field: str) -> tuple[str, bytes]:
    """Media type and bytes of a filed paper."""
    case = await open_case(tx, who, code)
    attachment = (await content_of(tx, case)).files.get(field)
    if attachment is None:
        raise NotFound(subject=f"case:{code[:60]}")
    stored, content = await files.get(tx, attachment.file)
    return stored.media_type, content


async def lock_for(tx: WriteTx, who: Caller, code: str, turn: str) -> Case:
    """Lock the case for a turn; state, grant and holder are checked behind the lock. Raises NotFound, Conflict, NotAllowed."""
    case = await lock_case(tx, code)
    rules.check_turn(case.state, turn, proposed=case.proposed)
    if not await may(tx, who, rules.TURNS[turn].duty, case.procedure):
        raise NotAllowed("kernel.duty_needed")
    rules.check_holder(turn, case.holder, who.post)
    return case


async def accept(tx: WriteTx, who: Caller, code: str) -> None:
    """Take it on: from now on the officer's post has it."""
    case = await lock_for(tx, who, code, "accept")
    case = await move_case(tx, case, "processing", who.post)
    await events.append(tx, who, code, CaseAccepted(case=code), case=code)
    await progress(tx, who, case)


async def filed(tx: ReadTx, case: Case) -> Filed:
    received_on = tx.node.country.local_date(case.received_at)
    return Filed(case.code, case.unit, case.agency, case.applicant, received_on, (await content_of(tx, case)).answers)


async def examine(node: Node, who: Caller, code: str) -> Finding:
    """Ask the registers, outside any transaction, then keep what they answered."""
    async with node.read(who) as tx:
        case = await find(tx, code)
        rules.check_turn(case.state, "check", proposed=case.proposed)
        rules.check_holder("check", case.holder, who.post)
        outcome, asked = procedure_of(tx, case).outcome, await filed(tx, case)
    finding = await outcomes.examine(node, who.about(purpose="settle", case=code), outcome, asked)
    async with node.write(who) as tx:
        case = await lock_for(tx, who, code, "check")
        key = await keys.by_id(tx, case.key)
        await store.put_finding(tx, case, key.encrypt(msgspec.json.encode(finding), b"finding"))
        good = sum(check.good is True for check in finding.checks)
        await events.append(tx, who, code, CaseChecked(case=code, checks=len(finding.checks), good=good), case=code)
    return finding


async def finding_of(tx: ReadTx, case: Case) -> Finding | None:
    content = await store.finding(tx, case.id)
    if content is None:
        return None
    return msgspec.json.decode((await keys.by_id(tx, case.key)).decrypt(content, b"finding"), type=Finding)


async def propose(tx: WriteTx, who: Caller, code: str, outcome: str, note: str) -> None:
    """Send it up with a proposal. Raises Invalid without an outcome, without a reason to refuse or for a letter; Conflict before the registers were
    asked, or against them.
    """
    if outcome not in rules.PROPOSALS:
        raise Invalid(fields={"outcome": "kernel.field_missing_choice"})
    if outcome == "refuse" and not note.strip():
        raise Invalid(fields={"note": "cases.reason_missing"})
    case = await lock_for(tx, who, code, "propose")
    finding = await finding_of(tx, case)
    if finding is None:
        raise Conflict("cases.check_first_please")
    outcomes.check_approval(procedure_of(tx, case).outcome, finding, outcome, note)
    key = await keys.by_id(tx, case.key)
    proposal = Proposal(who.person or "", who.post or "", outcome, key.encrypt(note.encode(), b"note"), tx.now)
    await store.put_proposal(tx, case, proposal)
    case = await move_case(tx, case, "processing", await _decider(tx, case))
    await events.append(tx, who, code, CaseProposed(case=code, outcome=outcome, to_post=case.holder or ""), case=code)
    await progress(tx, who, case)


async def _decider(tx: ReadTx, case: Case) -> str | None:
    """The first post of the unit that may decide."""
    return next((each.post.code for each in await able(tx, case.unit, "decide", case.procedure)), None)


async def proposal_of(tx: ReadTx, case: Case) -> tuple[Proposal, str] | None:
    """With the note in clear."""
    found = await store.proposal(tx, case.id)
    if found is None:
        return None
    return found, (await keys.by_id(tx, case.key)).decrypt(found.note, b"note").decode()


async def lock_case(tx: WriteTx, code: str) -> Case:
    """Takes the case's row lock until the transaction ends. Raises NotFound, recorded."""
    case = await store.lock(tx, code)
    if case is None:
        raise NotFound(subject=f"case:{code[:60]}")
    return case


async def lock_application(tx: WriteTx, application: UUID, agency: str, person: str) -> Case:
    """The case that an application became, locked, for a message about it. Raises Unavailable while the application itself has not
    arrived, so that the message is tried again; NotAllowed for another agency's or person's.
    """
    known = await store.by_application(tx, application)
    if known is None:
        raise Unavailable("cases.not_arrived")
    if known.agency != agency or known.applicant != person:
        raise NotAllowed("offices.not_your_unit", code=known.unit)
    return await lock_case(tx, known.code)


async def handlers_of(tx: ReadTx, case: Case) -> list[str]:
    """Posts of the case's unit that are held and may handle it."""
    return [each.post.code for each in await able(tx, case.unit, "handle", case.procedure)]


async def move_case(tx: WriteTx, case: Case, state: str, holder: str | None) -> Case:
    """The case as it stands afterwards."""
    await store.move(tx, case.id, state, holder)
    return msgspec.structs.replace(case, state=state, holder=holder)
