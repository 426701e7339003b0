"""The verbs between receipt and decision. Each checks, locks, checks again, writes, appends its event and tells the portal, in one transaction."""

from datetime import date, datetime

import msgspec

from dinh.cases.clocks import Due, Pause, calendar_of, closing, due_after
from dinh.cases.desk import (
    Addition,
    Case,
    content_of,
    handlers_of,
    lock_application,
    lock_for,
    move_case,
    note_representative,
    open_turns,
    procedure_of,
    progress,
)
from dinh.cases.desk import store_files as keep_files
from dinh.cases.procedures import SlipKind, catalogue_of
from dinh.cases.slips import CaseFacts, Slip, SlipContent
from dinh.cases.turns import rules, store
from dinh.cases.turns.contracts import (
    Answered,
    CaseExtended,
    CaseHandedOver,
    CaseStopped,
    CaseTurnedDown,
    CaseWithdrawn,
    ProposalReturned,
    SlipIssued,
    SupplementAnswered,
    SupplementRequested,
    Withdrawn,
)  # fmt: skip
from dinh.exchange import Question
from dinh.kernel import events, ids, keys
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Invalid, NotFound
from dinh.kernel.forms import check, root
from dinh.kernel.transactions import ReadTx, WriteTx

# The slip of an ending that the agency chooses, its event, and the state it leads to.
Ending = tuple[SlipKind, type[CaseTurnedDown | CaseStopped], str]


async def issue(tx: WriteTx, who: Caller, case: Case, kind: SlipKind, content: SlipContent) -> Slip:
    """A slip with its number. The caller holds the case's lock. Raises Conflict when the country allows no more of them."""
    serial = await store.next_serial(tx, case.id, kind)
    rules.check_times(catalogue_of(tx.node.country).rules.slips[kind], serial)
    slip = Slip(id=ids.new_id(), kind=kind, serial=serial, issued_at=tx.now, post=who.post or "", content=content)
    key = await keys.by_id(tx, case.key)
    await store.insert_slip(tx, case, slip, key.encrypt(msgspec.json.encode(content), slip.id.bytes))
    await events.append(tx, who, case.code, SlipIssued(case=case.code, kind=kind, serial=serial), case=case.code)
    return slip


async def slips_of(tx: ReadTx, case: Case) -> list[Slip]:
    """In the order of their issue."""
    key = await keys.by_id(tx, case.key)
    return [
        Slip(**{**dict(row), "content": msgspec.json.decode(key.decrypt(row["content"], row["id"].bytes), type=SlipContent)})
        for row in await store.slips(tx, case.id)
    ]


async def facts_of(tx: ReadTx, case: Case) -> CaseFacts:
    answers = (await content_of(tx, case)).answers
    return CaseFacts(
        code=case.code, agency=case.agency, unit=case.unit, procedure=procedure_of(tx, case), applicant=answers.get("applicant_name", ""),
        address=answers.get("applicant_address", ""), received_at=case.received_at, due_on=case.due_on,
        answers=answers,
    )  # fmt: skip


async def request_supplement(tx: WriteTx, who: Caller, code: str, fields: list[str], reason: str) -> Slip:
    """Ask the applicant for answers again, with a reason: the clock stands still until they come. Raises Invalid, Conflict."""
    case = await lock_for(tx, who, code, "supplement")
    rules.check_reason(reason)
    rules.check_fields(procedure_of(tx, case), fields)
    basis = catalogue_of(tx.node.country).rules.basis
    slip = await issue(tx, who, case, "supplement", SlipContent(reason=reason.strip(), fields=fields))
    await store.pause(tx, case, slip.id, basis)
    await events.append(tx, who, code, SupplementRequested(case=code, fields=len(fields), basis=basis), case=code)
    await progress(tx, who, msgspec.structs.replace(case, state="supplement", paused_at=tx.now), slip=slip)
    return slip


async def take_answer(tx: WriteTx, who: Caller, message: Question) -> None:
    """The applicant's answer, from the portal: the clock goes on from the moment it was sent. One that comes too late changes nothing."""
    told = msgspec.convert(message.body, Answered)
    case = await lock_application(tx, told.application, message.provider, told.person)
    if "answer" not in open_turns(case.state):
        await progress(tx, who, case)
        return
    at = min(told.at, tx.now)
    key = await keys.by_id(tx, case.key)
    await note_representative(tx, who, case)
    await _check_answer(tx, case, told)
    stored = await keep_files(tx, told.files, key)
    addition = Addition(at, told.text) if told.text else None
    content = rules.answered(await content_of(tx, case), told.answers, stored, addition)
    await store.end_pause(tx, case.id, at)
    due_on, due_at = await _due(tx, case)
    state = "processing" if case.holder else "submitted"
    sealed = key.encrypt(msgspec.json.encode(content), case.id.bytes)
    await store.resume(tx, case, sealed, state, due_on, due_at)
    await events.append(tx, who, case.code, SupplementAnswered(case=case.code, due_on=due_on), case=case.code, occurred_at=at)
    await progress(tx, who, msgspec.structs.replace(case, state=state, due_on=due_on, due_at=due_at, paused_at=None, content=sealed))


async def _check_answer(tx: ReadTx, case: Case, told: Answered) -> None:
    """Only what was asked for, and what the form allows: the portal checked it too, for the person's sake."""
    slip = next(slip for slip in reversed(await slips_of(tx, case)) if slip.kind == "supplement")
    form, day, names = procedure_of(tx, case).form, tx.node.country.local_date(case.received_at), set(slip.content.fields)
    merged = rules.answered(await content_of(tx, case), told.answers, {}, None).answers
    written = {key: value for key, value in merged.items() if (field := form.at(key)) is None or field.kind != "file"}
    wrong = {key: text for key, text in check(form.asked(merged, day), written, day, files=False).items() if root(key) in names}
    wrong |= {key: "kernel.field_unknown" for key in told.answers if root(key) not in names}
    strange = {file.field for file in told.files if root(file.field) not in names or form.at(file.field) is None}
    if wrong or strange:
        raise Invalid(fields=wrong | dict.fromkeys(strange, "kernel.field_unknown"))


async def _due(tx: ReadTx, case: Case) -> tuple[date, datetime]:
    """The due day by the ledger: the rule's day, and every pause that has ended."""
    row, country = await store.clock(tx, case.id), tx.node.country
    calendar, cutoff = calendar_of(country, row["calendar"]), procedure_of(tx, case).deadline.cutoff
    first = Due(
        row["original_due_on"], closing(calendar, row["original_due_on"], country.zone), row["counted_from"], row["late_arrival"], provisional=False
    )
    pauses = [Pause(country.local(since), country.local(until)) for since, until in await store.pauses(tx, case.id)]
    on = due_after(calendar, first, cutoff, pauses)
    return on, closing(calendar, on, country.zone)


async def turn_down(tx: WriteTx, who: Caller, code: str, reason: str, reference: str) -> Slip:
    """Not accepted, with the reason and the rule that it follows from. Raises Invalid, Conflict."""
    return await _close(tx, who, await lock_for(tx, who, code, "turn_down"), ("refusal", CaseTurnedDown, "rejected"), reason, reference)


async def stop(tx: WriteTx, who: Caller, code: str, reason: str, reference: str) -> Slip:
    """End the handling without a result, with the reason and the rule that it follows from. Raises Invalid, Conflict."""
    return await _close(tx, who, await lock_for(tx, who, code, "stop"), ("stop", CaseStopped, "stopped"), reason, reference)


async def _close(tx: WriteTx, who: Caller, case: Case, ending: Ending, reason: str, reference: str) -> Slip:
    kind, event, state = ending
    rules.check_reason(reason, reference)
    slip = await issue(tx, who, case, kind, SlipContent(reason=reason.strip(), reference=reference.strip()))
    await events.append(tx, who, case.code, event(case=case.code, procedure=case.procedure, unit=case.unit), case=case.code)
    await _end(tx, who, case, state, slip)
    return slip


async def take_withdrawal(tx: WriteTx, who: Caller, message: Question) -> None:
    """The applicant takes the application back. Once it is decided it cannot be taken back, and the portal is told how it stands."""
    told = msgspec.convert(message.body, Withdrawn)
    case = await lock_application(tx, told.application, message.provider, told.person)
    if "withdraw" not in open_turns(case.state, proposed=case.proposed):
        await progress(tx, who, case)
        return
    await store.return_proposal(tx, case.id)
    slip = await issue(tx, who, case, "withdrawal", SlipContent(reason=told.reason))
    await events.append(tx, who, case.code, CaseWithdrawn(case=case.code, procedure=case.procedure, unit=case.unit), case=case.code)
    await _end(tx, who, case, "withdrawal", slip)


async def _end(tx: WriteTx, who: Caller, case: Case, state: str, slip: Slip) -> None:
    await store.end_pause(tx, case.id, tx.now)
    await store.end(tx, case.id, state)
    await progress(tx, who, msgspec.structs.replace(case, state=state, holder=None, settled_at=tx.now, paused_at=None), slip=slip)


async def apologise(tx: WriteTx, who: Caller, code: str, promised_on: date, reason: str) -> Slip:
    """Promise a new day, with an apology and its reason. The day of the law, and what counts as late, stay. Raises Invalid, Conflict."""
    case = await lock_for(tx, who, code, "apologise")
    rules.check_reason(reason)
    calendar = calendar_of(tx.node.country, procedure_of(tx, case).deadline.calendar)
    before = case.promised_on or case.due_on
    rules.check_new_day(calendar, tx.node.country.local_date(tx.now), before, promised_on)
    slip = await issue(tx, who, case, "apology", SlipContent(reason=reason.strip(), before=before, on=promised_on))
    await store.promise(tx, case.id, promised_on)
    await events.append(tx, who, code, CaseExtended(case=code, due_on=case.due_on, promised_on=promised_on), case=code)
    await progress(tx, who, msgspec.structs.replace(case, promised_on=promised_on), slip=slip)
    return slip


async def hand_over(tx: WriteTx, who: Caller, code: str, to_post: str) -> None:
    """Give the case to another post that handles, or take it over. A proposal that waits is taken back. Raises Invalid, Conflict."""
    case = await lock_for(tx, who, code, "hand_over")
    if to_post not in await handlers_of(tx, case):
        raise Invalid(fields={"post": "cases.post_wrong"})
    if to_post == case.holder:
        return
    await store.return_proposal(tx, case.id)
    case_after = await move_case(tx, case, case.state, to_post)
    await events.append(tx, who, code, CaseHandedOver(case=code, from_post=case.holder or "", to_post=to_post), case=code)
    await progress(tx, who, case_after)


async def send_back(tx: WriteTx, who: Caller, code: str) -> None:
    """The one who decides wants the proposal looked at again: it goes back to the post that made it."""
    case = await lock_for(tx, who, code, "send_back")
    post = await store.return_proposal(tx, case.id)
    case = await move_case(tx, case, "processing", post)
    await events.append(tx, who, code, ProposalReturned(case=code, to_post=post or ""), case=code)
    await progress(tx, who, case)


async def find_slip(tx: ReadTx, case: Case, name: str) -> Slip:
    """By its name in addresses, such as `supplement-1`. Raises NotFound."""
    for slip in await slips_of(tx, case):
        if slip.name == name:
            return slip
    raise NotFound(subject=f"case:{case.code}")
