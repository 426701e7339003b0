"""Start, save, submit and follow an application."""

import base64
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from dinh.cases.applications import rules, store
from dinh.cases.applications.contracts import (
    Application,
    ApplicationAging,
    ApplicationDiscarded,
    ApplicationStarted,
    ApplicationSubmitted,
    Attachment,
    Draft,
    Saved,
)  # fmt: skip
from dinh.cases.procedures import Procedure, catalogue_of
from dinh.exchange import Question, ask, membership_of, tell
from dinh.kernel import events, files, ids, keys, languages
from dinh.kernel.caller import Caller, system
from dinh.kernel.country import Country
from dinh.kernel.errors import BadSignature, Conflict, Invalid, NotAllowed, NotFound, TooLarge, Unavailable
from dinh.kernel.forms import Form, digest, read, slots
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices import directory_of

# The page's state when it was shown, as a hidden field.
SEEN = "_seen"
BATCH = 100


async def start(node: Node, who: Caller, code: str, about: str = "") -> UUID:
    """A new draft, prefilled from the register. A register that is down leaves the fields empty, and the form usable.

    `about` is what the person came from, such as an earlier case: it enters the field that the procedure declares for it.
    """
    application = ids.new_id()
    if not who.covers_procedure(code):
        raise NotAllowed("kernel.outside_mandate")
    async with node.read(who) as tx:
        procedure = catalogue_of(node.country).on(code, node.country.local_date(tx.now))
    draft = rules.with_about(await _prefill(node, who, procedure, application), procedure.about_field, about)
    async with node.write(who) as tx:
        key = await keys.for_scope(tx, f"application:{application}")
        content = _seal(key, application, draft)
        row = Application(
            id=application, person=who.principal or "", procedure=code, version=procedure.valid_from, state="draft", updated_at=tx.now, key=key.id,
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
            service=service, client=node.plan.operator, provider=membership_of(node).service(service).provider, purpose="prefill", body={"ref": who.principal},
            case=str(application),
        )  # fmt: skip
        try:
            answer = await ask(node, who, question)
        except (Unavailable, NotFound):
            continue
        draft = rules.prefilled(procedure.form, answer.body, answer.source or "")
    return draft


async def view(tx: ReadTx, who: Caller, reference: str) -> tuple[Application, Draft]:
    """By id or by case code. Raises NotFound, recorded, for someone else's; also for a draft that was discarded."""
    application = await _find(tx, reference)
    if application is None or application.person != who.principal:
        raise NotFound(subject=f"case:{reference[:60]}")
    if application.state == "discarded":
        raise NotFound("cases.draft_gone")
    return application, await _open(tx, application)


async def _find(tx: ReadTx, reference: str) -> Application | None:
    try:
        return await store.one(tx, UUID(reference))
    except ValueError:
        return await store.by_code(tx, reference)


async def _open(tx: ReadTx, application: Application) -> Draft:
    if application.content is None:
        return Draft()
    return _opened(await keys.by_id(tx, application.key), application)


def _opened(key: keys.DataKey, application: Application) -> Draft:
    return msgspec.json.decode(key.decrypt(application.content or b"", application.id.bytes), type=Draft)


def _seal(key: keys.DataKey, application: UUID, draft: Draft) -> bytes:
    return key.encrypt(msgspec.json.encode(draft), application.bytes)


async def mine(tx: ReadTx, who: Caller) -> list[Application]:
    """The caller's applications, newest first."""
    return await store.of_person(tx, who.principal or "")


async def mine_opened(tx: ReadTx, who: Caller) -> list[tuple[Application, Draft]]:
    """The same, with what they hold."""
    return await _all_opened(tx, await mine(tx, who))


async def drafts_of(tx: ReadTx, who: Caller, code: str) -> list[tuple[Application, Draft]]:
    """The caller's drafts of one procedure."""
    return await _all_opened(tx, await store.drafts(tx, who.principal or "", code))


async def _all_opened(tx: ReadTx, found: list[Application]) -> list[tuple[Application, Draft]]:
    known = await keys.by_ids(tx, [application.key for application in found if application.content])
    return [
        (application, _opened(known[application.key], application) if application.content and application.key in known else Draft())
        for application in found
    ]


def procedure_of(tx: ReadTx, application: Application) -> Procedure:
    return catalogue_of(tx.node.country).version(application.procedure, application.version)


async def save_answers(tx: WriteTx, who: Caller, application_id: UUID, page: str, posted: Mapping[str, str]) -> Saved:
    """Keep what was typed, right or wrong. Locks the application.

    Nothing is written over what another device saved since the page was shown: then both are given back.
    """
    application, draft = await _lock_draft(tx, who, application_id)
    form, day = procedure_of(tx, application).form, tx.node.country.local_date(tx.now)
    found = form.page(page)
    if found is None:
        raise NotFound
    typed = rules.with_typed(form, found, draft, posted, day)
    seen = posted.get(SEEN)
    if seen and seen != digest(found.fields, draft.answers) and rules.differences(found.fields, draft, typed):
        return Saved(draft=draft, typed=typed)
    fresh = rules.fresh(form, page, draft, typed, posted, day)
    await _save(tx, application, typed)
    return Saved(draft=typed, fresh=fresh)


async def press(tx: WriteTx, who: Caller, application_id: UUID, page: str, posted: Mapping[str, str]) -> str | None:
    """What a button inside the page asks for: one item more or less, one file less. The place on the page to come back to."""
    application, draft = await _lock_draft(tx, who, application_id)
    found = procedure_of(tx, application).form.page(page)
    draft, place = rules.pressed(draft, found.fields if found else [], posted)
    if place:
        await _save(tx, application, draft)
    return place


async def attach(tx: WriteTx, who: Caller, application_id: UUID, key: str, name: str, content: bytes) -> None:
    """Add a file. Raises Invalid for what is not what it claims to be, TooLarge, StorageFull; the rest of the draft stays."""
    application, draft = await _lock_draft(tx, who, application_id)
    form, day = procedure_of(tx, application).form, tx.node.country.local_date(tx.now)
    if key not in _file_places(form, draft, day):
        raise Invalid("kernel.field_unknown")
    data_key = await keys.by_id(tx, application.key)
    await _save(tx, application, await with_upload(tx, procedure_of(tx, application), draft, data_key, (key, name, content)))


def _file_places(form: Form, draft: Draft, day: date) -> set[str]:
    """Keys under which a file is asked for: a field's own, or an item's."""
    asked = form.asked(draft.answers, day)
    return {key for key, field in slots(asked, draft.answers, day) if field.kind == "file"}


async def _lock_draft(tx: WriteTx, who: Caller, application_id: UUID) -> tuple[Application, Draft]:
    application = await store.lock(tx, application_id)
    if application is None or application.person != who.principal:
        raise NotFound(subject=f"case:{application_id}")
    if application.state == "discarded":
        raise NotFound("cases.draft_gone")
    if application.state != "draft":
        raise Conflict("cases.already_sent")
    return application, await _open(tx, application)


async def _save(tx: WriteTx, application: Application, draft: Draft) -> None:
    key = await keys.by_id(tx, application.key)
    await store.save(tx, application.id, _seal(key, application.id, draft))


async def keep_typed(tx: WriteTx, application_id: UUID, person: str, page: str, posted: Mapping[str, str], secret: str) -> bool:
    """The session ended while this page was being filled in: keep what was typed until its person has signed in again.

    `person` is whose session it was: another one's draft keeps nothing. Opens only with the secret that went into the same browser. The platform acts, since nobody is signed in; nothing is shown.
    """
    application = await store.lock(tx, application_id)
    found = procedure_of(tx, application).form.page(page) if application and application.state == "draft" else None
    if application is None or found is None or application.person != person:
        return False
    names = {field.name for field in found.fields if field.shown} | {SEEN}
    typed = {key: value for key, value in posted.items() if key.partition(".")[0].partition("-")[0] in names}
    content = msgspec.json.encode((page, typed))
    if len(content) > rules.TYPED_BYTES:
        return False
    key = await keys.by_id(tx, application.key)
    await store.keep(tx, application_id, key.encrypt(content, _about(secret)), tx.now + rules.TYPED_KEPT)
    return True


async def kept_typed(tx: ReadTx, application: Application, page: str, secret: str) -> dict[str, str] | None:
    """What `keep_typed` kept for this page, for the browser that holds the secret."""
    content = await store.kept(tx, application.id)
    if content is None or application.state != "draft":
        return None
    try:
        plain = (await keys.by_id(tx, application.key)).decrypt(content, _about(secret))
    except BadSignature:
        return None
    kept_page, typed = msgspec.json.decode(plain, type=tuple[str, dict[str, str]])
    return typed if kept_page == page else None


def _about(secret: str) -> bytes:
    return b"typed:" + ids.digest(secret)


async def discard(tx: WriteTx, who: Caller, application_id: UUID) -> None:
    """Erase a draft by destroying its key. Raises Conflict once it is sent; a second click finds it gone."""
    application = await store.lock(tx, application_id)
    if application is None or application.person != who.principal:
        raise NotFound(subject=f"case:{application_id}")
    if application.state == "discarded":
        return
    if application.state != "draft":
        raise Conflict("cases.already_sent")
    await _discard(tx, who, application, "asked")


async def _discard(tx: WriteTx, who: Caller, application: Application, reason: str) -> None:
    await keys.destroy(tx, f"application:{application.id}", reason=f"draft discarded: {reason}")
    await store.discard(tx, application.id)
    gone = ApplicationDiscarded(application=str(application.id), person=application.person, procedure=application.procedure, reason=reason)
    await events.append(tx, who, str(application.id), gone)


async def discard_old_drafts(node: Node) -> int:
    """Tell of drafts that will be discarded in a week, discard those whose day has come, forget what was kept too long. How many
    drafts were touched; call it again while there are some.
    """
    who = system("cases")
    async with node.write(who) as tx:
        await store.forget_kept(tx)
        old = await store.untouched(tx, tx.now - rules.DRAFT_KEPT, BATCH)
        for application in old:
            await _discard(tx, who, application, "old")
        aging = await store.aging(tx, tx.now - rules.DRAFT_KEPT + rules.TOLD_BEFORE, BATCH)
        for application in aging:
            told = ApplicationAging(
                application=str(application.id), person=application.person, procedure=application.procedure,
                discarded_on=node.country.local_date(tx.now + rules.TOLD_BEFORE),
            )  # fmt: skip
            await events.append(tx, who, str(application.id), told)
    return len(old) + len(aging)


async def submit(tx: WriteTx, who: Caller, application_id: UUID) -> None:
    """Send it to the agency, once: a second click finds it sent and does nothing. Raises Invalid with every wrong field."""
    application = await store.lock(tx, application_id)
    if application is None or application.person != who.principal:
        raise NotFound(subject=f"case:{application_id}")
    if application.state == "discarded":
        raise NotFound("cases.draft_gone")
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
    await tell(tx, who, await _message(tx, application, procedure, draft, unit), key=await keys.by_id(tx, application.key))


def handling_units(known: Country, at: datetime) -> dict[str, str]:
    """Units whose agencies handle cases here, with their full names, in the order of the country's first language."""
    directory, day, order = directory_of(known), known.local_date(at), languages.of(known.languages[0]).sort_key
    tops = [plan.units for plan in known.nodes.values() if plan.units]
    units = sorted((unit for top in tops for unit in directory.covered_units(top, day)), key=lambda unit: order(unit.name))
    return {unit.code: directory.full_name(unit.code, day) for unit in units}


async def _message(tx: ReadTx, application: Application, procedure: Procedure, draft: Draft, unit: str) -> Question:
    answers = rules.effective(procedure.form, draft, tx.node.country.local_date(tx.now))
    body = {
        "application": str(application.id), "person": application.person, "procedure": procedure.code, "version": procedure.valid_from.isoformat(),
        "unit": unit, "submitted_at": tx.now.isoformat(), "channel": "online", "answers": answers,
        "sources": {field: source for field, source in draft.sources.items() if field in answers},
        "files": [await file_body(tx, key, attachment) for key, attachment in draft.files.items() if key in answers],
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


async def amend(tx: WriteTx, who: Caller, reference: str, names: list[str], posted: Mapping[str, str]) -> str | None:
    """Keep what the applicant answers again, right or wrong, while the agency waits, and do what a button inside the page asks for:
    then the place to come back to.
    """
    application, draft = await lock_waiting(tx, who, reference)
    fields = [field for name, field in procedure_of(tx, application).form.fields.items() if name in names]
    draft, place = rules.pressed(rules.with_answers(draft, fields, read(fields, posted)), fields, posted)
    key = await keys.for_scope(tx, f"application:{application.id}")
    await store.amend(tx, application.id, key.id, _seal(key, application.id, draft))
    return place


async def amend_file(tx: WriteTx, who: Caller, reference: str, upload: tuple[str, str, bytes]) -> None:
    """The same with a file. Raises Invalid for one that is not what it claims, TooLarge, StorageFull."""
    application, draft = await lock_waiting(tx, who, reference)
    key = await keys.for_scope(tx, f"application:{application.id}")
    draft = await with_upload(tx, procedure_of(tx, application), draft, key, upload)
    await store.amend(tx, application.id, key.id, _seal(key, application.id, draft))


async def with_upload(tx: WriteTx, procedure: Procedure, draft: Draft, key: keys.DataKey, upload: tuple[str, str, bytes]) -> Draft:
    """The draft with a file more: its key in the form, its name, its content. Raises Invalid, TooLarge, StorageFull."""
    at, name, content = upload
    field = procedure.form.at(at)
    if field is None or field.kind != "file":
        raise Invalid("kernel.field_unknown")
    place = rules.free_key(field, at, draft)
    if place is None:
        raise Invalid("cases.too_many_files")
    if not rules.has_room(draft, place, len(content)):
        raise TooLarge("cases.files_too_large")
    stored = await files.put(tx, content, key)
    return rules.with_file(draft, place, Attachment(stored.id, name, stored.size, stored.media_type))
