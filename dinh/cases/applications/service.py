"""Start, save, submit and follow an application."""

import base64
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from dinh.cases.applications import rules, store
from dinh.cases.applications.contracts import (
    Application,
    ApplicationStarted,
    ApplicationSubmitted,
    Attachment,
    Draft,
)  # fmt: skip
from dinh.cases.procedures import Procedure, catalogue_of
from dinh.exchange import Question, ask, membership_of, tell
from dinh.kernel import events, files, ids, keys, languages
from dinh.kernel.caller import Caller
from dinh.kernel.country import Country
from dinh.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices import directory_of


async def start(node: Node, who: Caller, code: str, about: str = "") -> UUID:
    """A new draft, prefilled from the register. A register that is down leaves the fields empty, and the form usable.

    `about` is what the person came from, such as an earlier case: it enters the field that the procedure declares for it.
    """
    application = ids.new_id()
    async with node.read(who) as tx:
        procedure = catalogue_of(node.country).on(code, node.country.local_date(tx.now))
    draft = rules.with_about(await _prefill(node, who, procedure, application), procedure.about_field, about)
    async with node.write(who) as tx:
        key = await keys.for_scope(tx, f"application:{application}")
        content = _seal(key, application, draft)
        row = Application(
            id=application, person=who.person or "", procedure=code, version=procedure.valid_from, state="draft", updated_at=tx.now, key=key.id,
            content=content,
        )  # fmt: skip
        await store.insert(tx, row)
        await events.append(tx, who, str(application), ApplicationStarted(application=str(application), procedure=code))
    return application


async def _prefill(node: Node, who: Caller, procedure: Procedure, application: UUID) -> Draft:
    services = {field.source.service for field in procedure.form.fields.values() if field.source}
    draft = Draft()
    for service in sorted(services):
        question = Question(
            service=service, client=node.plan.operator, provider=membership_of(node.country).service(service).provider, purpose="prefill", body={"ref": who.person},
            case=str(application),
        )  # fmt: skip
        try:
            answer = await ask(node, who, question)
        except (Unavailable, NotFound):
            continue
        draft = rules.prefilled(procedure.form, answer.body, answer.source or "")
    return draft


async def view(tx: ReadTx, who: Caller, reference: str) -> tuple[Application, Draft]:
    """By id or by case code. Raises NotFound, recorded, for someone else's."""
    application = await _find(tx, reference)
    if application is None or application.person != who.person:
        raise NotFound(subject=f"case:{reference[:60]}")
    return application, await _open(tx, application)


async def _find(tx: ReadTx, reference: str) -> Application | None:
    try:
        return await store.one(tx, UUID(reference))
    except ValueError:
        return await store.by_code(tx, reference)


async def _open(tx: ReadTx, application: Application) -> Draft:
    if application.content is None:
        return Draft()
    key = await keys.by_id(tx, application.key)
    return msgspec.json.decode(key.decrypt(application.content, application.id.bytes), type=Draft)


def _seal(key: keys.DataKey, application: UUID, draft: Draft) -> bytes:
    return key.encrypt(msgspec.json.encode(draft), application.bytes)


async def mine(tx: ReadTx, who: Caller) -> list[Application]:
    return await store.of_person(tx, who.person or "")


def procedure_of(tx: ReadTx, application: Application) -> Procedure:
    return catalogue_of(tx.node.country).version(application.procedure, application.version)


async def save_answers(tx: WriteTx, who: Caller, application_id: UUID, page: str, typed: dict[str, str]) -> dict[str, str]:
    """Keep what was typed, right or wrong, and say what is wrong with it by field."""
    application, draft = await _lock_draft(tx, who, application_id)
    found = procedure_of(tx, application).form.page(page)
    if found is None:
        raise NotFound
    draft = rules.with_answers(draft, found.fields, typed)
    await _save(tx, application, draft)
    fields = [field for field in procedure_of(tx, application).form.asked(draft.answers) if field in found.fields]
    return rules.page_errors(fields, draft, tx.node.country.local_date(tx.now))


async def attach(tx: WriteTx, who: Caller, application_id: UUID, field: str, name: str, content: bytes) -> None:
    """Add a file. Raises Invalid for what is not what it claims to be, TooLarge, StorageFull; the rest of the draft stays."""
    application, draft = await _lock_draft(tx, who, application_id)
    known = procedure_of(tx, application).form.fields.get(field)
    if known is None or known.kind != "file":
        raise Invalid("kernel.field_unknown")
    stored = await files.put(tx, content, await keys.by_id(tx, application.key))
    await _save(tx, application, rules.with_file(draft, field, Attachment(stored.id, name, stored.size)))


async def _lock_draft(tx: WriteTx, who: Caller, application_id: UUID) -> tuple[Application, Draft]:
    application = await store.lock(tx, application_id)
    if application is None or application.person != who.person:
        raise NotFound(subject=f"case:{application_id}")
    if application.state != "draft":
        raise Conflict("cases.already_sent")
    return application, await _open(tx, application)


async def _save(tx: WriteTx, application: Application, draft: Draft) -> None:
    key = await keys.by_id(tx, application.key)
    await store.save(tx, application.id, _seal(key, application.id, draft))


async def submit(tx: WriteTx, who: Caller, application_id: UUID) -> None:
    """Send it to the agency, once: a second click finds it sent and does nothing. Raises Invalid with every wrong field."""
    application = await store.lock(tx, application_id)
    if application is None or application.person != who.person:
        raise NotFound(subject=f"case:{application_id}")
    if application.state != "draft":
        return
    procedure, draft = procedure_of(tx, application), await _open(tx, application)
    wrong = rules.errors(procedure.form, draft, tx.node.country.local_date(tx.now))
    if wrong:
        raise Invalid(fields=wrong)
    unit = draft.answers[procedure.unit_field]
    if unit not in handling_units(tx.node.country, tx.now):
        raise Invalid(fields={procedure.unit_field: "kernel.field_wrong_unit"})
    await store.mark_sent(tx, application_id, unit)
    submitted = ApplicationSubmitted(application=str(application_id), procedure=procedure.code, unit=unit)
    await events.append(tx, who, str(application_id), submitted)
    await tell(tx, who, await _message(tx, who, application, procedure, draft, unit), key=await keys.by_id(tx, application.key))


def handling_units(known: Country, at: datetime) -> dict[str, str]:
    """Units whose agencies handle cases here, with their full names, in the order of the country's first language."""
    directory, day, order = directory_of(known), known.local_date(at), languages.of(known.languages[0]).sort_key
    tops = [plan.units for plan in known.nodes.values() if plan.units]
    units = sorted((unit for top in tops for unit in directory.covered_units(top, day)), key=lambda unit: order(unit.name))
    return {unit.code: directory.full_name(unit.code, day) for unit in units}


async def _message(tx: ReadTx, who: Caller, application: Application, procedure: Procedure, draft: Draft, unit: str) -> Question:
    body = {
        "application": str(application.id), "person": who.person, "procedure": procedure.code, "version": procedure.valid_from.isoformat(),
        "unit": unit, "submitted_at": tx.now.isoformat(), "channel": "online", "answers": rules.effective(procedure.form, draft),
        "sources": draft.sources, "files": [await file_body(tx, field, attachment) for field, attachment in draft.files.items()],
    }  # fmt: skip
    provider = directory_of(tx.node.country).agency_of_unit(unit).code
    return Question(
        service="cases.application", client=tx.node.plan.operator, provider=provider, purpose="settle", body=body, case=str(application.id)
    )


async def file_body(tx: ReadTx, field: str, attachment: Attachment) -> dict[str, Any]:
    """As a message carries it."""
    _, content = await files.get(tx, attachment.file)
    return {"field": field, "name": attachment.name, "content": base64.b64encode(content).decode()}


async def lock_waiting(tx: WriteTx, who: Caller, reference: str) -> tuple[Application, Draft]:
    """A filed case that waits for its applicant. Raises NotFound for someone else's, Conflict when nothing is asked."""
    found, _ = await view(tx, who, reference)
    application = await store.lock(tx, found.id)
    if application is None or application.state != "supplement":
        raise Conflict("cases.nothing_asked")
    return application, await _open(tx, application)


async def amend(tx: WriteTx, who: Caller, reference: str, names: list[str], typed: dict[str, str], uploads: dict[str, tuple[str, bytes]]) -> Draft:
    """Keep what the applicant answers again, right or wrong, while the agency waits. Raises Invalid for a file that is not what it claims."""
    application, draft = await lock_waiting(tx, who, reference)
    fields = [field for name, field in procedure_of(tx, application).form.fields.items() if name in names]
    draft = rules.with_answers(draft, fields, typed)
    key = await keys.for_scope(tx, f"application:{application.id}")
    for name, (label, content) in uploads.items():
        stored = await files.put(tx, content, key)
        draft = rules.with_file(draft, name, Attachment(stored.id, label, stored.size))
    await store.amend(tx, application.id, _seal(key, application.id, draft))
    return draft
