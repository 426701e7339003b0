"""Enter an application for a citizen at the counter: found by number, prefilled from the register, papers scanned, numbered at once."""

import base64
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

import msgspec

from dinh.cases.applications import Attachment, Draft, effective, errors, prefilled, pressed, values, with_typed, with_upload
from dinh.cases.counter import store
from dinh.cases.counter.contracts import Intake, IntakeStarted
from dinh.cases.desk import Case, FiledFile, NewCase, find_application, receive
from dinh.cases.procedures import Procedure, catalogue_of
from dinh.exchange import Question, ask, membership_of
from dinh.kernel import events, files, ids, keys
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Invalid, NotAllowed, NotFound
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
        service=PERSON, client=who.agency or "", provider=membership_of(node).service(PERSON).provider, purpose="settle",
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


async def unfinished(tx: ReadTx, who: Caller) -> tuple[list[tuple[UUID, str, datetime]], int]:
    return await store.of_post(tx, who.post or "")


async def save(tx: WriteTx, intake: UUID, posted: Mapping[str, str]) -> str | None:
    """Keep what was typed on all pages, right or wrong, and do what a button inside them asks for: then the place to come back to."""
    row, draft, procedure = await _open(tx, await store.lock(tx, intake), intake)
    form, day = procedure.form, tx.node.country.local_date(tx.now)
    for page in form.asked_pages(values(draft), day):
        draft = with_typed(form, page, draft, posted, day)
    draft, place = pressed(draft, form.asked(values(draft), day), posted)
    await store.save(tx, intake, _seal(await keys.by_id(tx, row.key), intake, draft))
    return place


async def scan(tx: WriteTx, intake: UUID, upload: tuple[str, str, bytes]) -> None:
    """Add a scanned paper. Raises Invalid for what is not what it claims to be."""
    row, draft, procedure = await _open(tx, await store.lock(tx, intake), intake)
    key = await keys.by_id(tx, row.key)
    await store.save(tx, intake, _seal(key, intake, await with_upload(tx, procedure, draft, key, upload)))


async def enter(tx: WriteTx, who: Caller, intake: UUID) -> Case:
    """Number the case and start its clock; twice is once. Raises Invalid with every wrong field; a paper that was shown needs no scan."""
    known = await find_application(tx, intake)
    if known is not None:
        return known
    row, draft, procedure = await _open(tx, await store.lock(tx, intake), intake)
    day = tx.node.country.local_date(tx.now)
    wrong = errors(procedure.form, draft, day, files=False)
    if wrong:
        raise Invalid(fields=wrong)
    filed = effective(procedure.form, draft, day)
    answers = {key: value for key, value in filed.items() if key not in draft.files}
    new = NewCase(
        application=intake, person=row.person, procedure=row.procedure, version=row.version, unit=row.unit, submitted_at=tx.now, channel="direct",
        answers=answers, sources={name: source for name, source in draft.sources.items() if name in answers},
        files=[await _file(tx, key, draft.files[key]) for key in sorted(draft.files.keys() & filed.keys())],
    )  # fmt: skip
    case = await receive(tx, who, new)
    await store.remove(tx, intake)
    await keys.destroy(tx, f"intake:{intake}", "entered")
    return case


async def _file(tx: ReadTx, field: str, attachment: Attachment) -> FiledFile:
    _, content = await files.get(tx, attachment.file)
    return FiledFile(field, attachment.name, base64.b64encode(content).decode())
