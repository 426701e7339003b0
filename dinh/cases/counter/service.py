"""Enter an application for a citizen at the counter: found by number, prefilled from the register, papers scanned, numbered at once."""

import base64
from datetime import date, datetime
from uuid import UUID

import msgspec

from dinh.cases.applications import Attachment, Draft, effective, page_errors, prefilled, with_answers, with_file
from dinh.cases.counter import store
from dinh.cases.counter.contracts import Intake, IntakeStarted
from dinh.cases.desk import Case, FiledFile, NewCase, find_application, receive
from dinh.cases.procedures import Procedure, catalogue_of
from dinh.exchange import Question, ask, membership_of
from dinh.kernel import events, files, ids, keys
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Invalid, NotAllowed, NotFound
from dinh.kernel.forms import Field
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices import may

PERSON = "population.person"


async def begin(node: Node, who: Caller, code: str, number: str) -> UUID:
    """Find the citizen by number and start. Raises Invalid for a number or procedure that is not known, NotAllowed without the grant."""
    intake = ids.new_id()
    async with node.read(who) as tx:
        procedure = _procedure(node, code, node.country.local_date(tx.now))
        if not await may(tx, who, "handle", procedure.code):
            raise NotAllowed("kernel.duty_needed")
    question = Question(
        service=PERSON, client=who.agency or "", provider=membership_of(node.country).service(PERSON).provider, purpose="settle",
        body={"number": number}, case=str(intake),
    )  # fmt: skip
    try:
        answer = await ask(node, who.about(purpose="settle", case=str(intake)), question)
    except NotFound as error:
        raise Invalid(fields={"number": "cases.number_unknown"}) from error
    draft = prefilled(procedure.form, answer.body, answer.source or "")
    unit = who.units[0]
    draft = msgspec.structs.replace(draft, answers={**draft.answers, procedure.unit_field: unit}, locked=[*draft.locked, procedure.unit_field])
    async with node.write(who) as tx:
        key = await keys.create(tx, f"intake:{intake}")
        row = Intake(
            id=intake, unit=unit, post=who.post or "", procedure=procedure.code, version=procedure.valid_from, person=str(answer.body["ref"]),
            key=key.id, content=_seal(key, intake, draft), started_at=tx.now,
        )  # fmt: skip
        await store.insert(tx, row)
        started = IntakeStarted(intake=str(intake), person=row.person, procedure=row.procedure, unit=unit)
        await events.append(tx, who, str(intake), started)
    return intake


def _procedure(node: Node, code: str, day: date) -> Procedure:
    try:
        return catalogue_of(node.country).on(code, day)
    except NotFound as error:
        raise Invalid(fields={"procedure": "kernel.field_missing_choice"}) from error


def _seal(key: keys.DataKey, intake: UUID, draft: Draft) -> bytes:
    return key.encrypt(msgspec.json.encode(draft), intake.bytes)


async def _open(tx: ReadTx, row: Intake | None, intake: UUID) -> tuple[Intake, Draft, Procedure]:
    if row is None:
        raise NotFound(subject=f"intake:{intake}")
    key = await keys.by_id(tx, row.key)
    draft = msgspec.json.decode(key.decrypt(row.content, intake.bytes), type=Draft)
    return row, draft, catalogue_of(tx.node.country).version(row.procedure, row.version)


async def view(tx: ReadTx, intake: UUID) -> tuple[Intake, Draft, Procedure]:
    """Raises NotFound, recorded, also for another unit's."""
    return await _open(tx, await store.one(tx, intake), intake)


async def unfinished(tx: ReadTx, who: Caller) -> list[tuple[UUID, str, datetime]]:
    return await store.of_post(tx, who.post or "")


def asked(procedure: Procedure, draft: Draft) -> list[Field]:
    return procedure.form.asked(draft.answers)


async def save(tx: WriteTx, intake: UUID, typed: dict[str, str]) -> None:
    """Keep what was typed, right or wrong."""
    row, draft, procedure = await _open(tx, await store.lock(tx, intake), intake)
    fields = [field for field in asked(procedure, draft) if field.name in typed]
    await store.save(tx, intake, _seal(await keys.by_id(tx, row.key), intake, with_answers(draft, fields, typed)))


async def scan(tx: WriteTx, intake: UUID, field: str, name: str, content: bytes) -> None:
    """Add a scanned paper. Raises Invalid for what is not what it claims to be."""
    row, draft, procedure = await _open(tx, await store.lock(tx, intake), intake)
    known = procedure.form.fields.get(field)
    if known is None or known.kind != "file":
        raise Invalid("kernel.field_unknown")
    key = await keys.by_id(tx, row.key)
    stored = await files.put(tx, content, key)
    await store.save(tx, intake, _seal(key, intake, with_file(draft, field, Attachment(stored.id, name, stored.size))))


async def enter(tx: WriteTx, who: Caller, intake: UUID) -> Case:
    """Number the case and start its clock; twice is once. Raises Invalid with every wrong field; a paper that was shown needs no scan."""
    known = await find_application(tx, intake)
    if known is not None:
        return known
    row, draft, procedure = await _open(tx, await store.lock(tx, intake), intake)
    fields = [field for field in asked(procedure, draft) if field.kind != "file"]
    wrong = page_errors(fields, draft, tx.node.country.local_date(tx.now))
    if wrong:
        raise Invalid(fields=wrong)
    held = draft.files.keys() & procedure.form.fields.keys()
    answers = {name: value for name, value in effective(procedure.form, draft).items() if name not in held}
    new = NewCase(
        application=intake, person=row.person, procedure=row.procedure, version=row.version, unit=row.unit, submitted_at=tx.now, channel="direct",
        answers=answers, sources=draft.sources, files=[await _file(tx, name, draft.files[name]) for name in sorted(held)],
    )  # fmt: skip
    case = await receive(tx, who, new)
    await store.remove(tx, intake)
    await keys.destroy(tx, f"intake:{intake}", "entered")
    return case


async def _file(tx: ReadTx, field: str, attachment: Attachment) -> FiledFile:
    _, content = await files.get(tx, attachment.file)
    return FiledFile(field, attachment.name, base64.b64encode(content).decode())
