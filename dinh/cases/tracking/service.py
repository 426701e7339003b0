"""Take in what the agency tells of a case, and send what its applicant answers."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from dinh.cases.applications import Application, Draft, errors_of, file_body, lock_waiting, procedure_of, values, view
from dinh.cases.slips import CaseFacts, Slip, SlipContent
from dinh.cases.tracking import store
from dinh.cases.tracking.contracts import ApplicationProgressed, Step, SupplementSent, WithdrawalSent
from dinh.cases.tracking.rules import asked_again
from dinh.exchange import Question, tell
from dinh.kernel import events, keys
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from dinh.kernel.forms import root
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices import directory_of

CLOCKS_APART = timedelta(minutes=5)
TEXT_LENGTH = 2_000
WITHDRAWABLE = frozenset({"submitted", "processing", "supplement", "answered"})


async def steps_of(tx: ReadTx, application: Application) -> list[Step]:
    return await store.steps(tx, application.id)


async def follow_progress(tx: WriteTx, who: Caller, message: Question) -> None:
    """Take in what the agency tells of a case. A message that comes late changes the history, not the state."""
    told = message.body
    directory_of(tx.node.country).check_unit(told["unit"], message.client)
    application, at, due = UUID(told["application"]), datetime.fromisoformat(told["at"]), date.fromisoformat(told["due_on"])
    if at > tx.now + CLOCKS_APART:
        raise Invalid("exchange.not_fresh")
    await _check_whose(tx, application, told, tx.node.country.local_date(tx.now))
    first = await store.put_progress(tx, application, told, at, due)
    await _keep_slip(tx, application, told)
    step = Step(at=at, state=told["state"], holder=told["holder"], note=told.get("note"))
    if not await store.insert_step(tx, application, step):
        return
    settled_on = tx.node.country.local_date(at)
    progressed = ApplicationProgressed(
        person=told["person"], procedure=told["procedure"], unit=told["unit"], state=told["state"], due_on=due, first=first or told["first"], on_time=settled_on <= due,
        promised_on=date.fromisoformat(told["promised_on"]) if told.get("promised_on") else None,
    )  # fmt: skip
    await events.append(tx, who, str(application), progressed, case=told["code"], occurred_at=at)


async def _check_whose(tx: ReadTx, application: UUID, told: dict[str, Any], day: date) -> None:
    """An agency tells of its own unit's applications, and of those of a unit that it succeeded; never of another person's. Raises NotAllowed."""
    known = await store.person_of(tx, application)
    if known is None:
        return
    person, unit = known
    directory = directory_of(tx.node.country)
    heirs = {heir.code for heir in directory.merged_into(unit, day)} if unit and unit != told["unit"] else {told["unit"]}
    if person != told["person"] or (unit is not None and told["unit"] not in heirs):
        raise NotAllowed("offices.not_your_unit", code=told["unit"])


async def _keep_slip(tx: WriteTx, application: UUID, told: dict[str, Any]) -> None:
    if not told.get("slip"):
        return
    slip = msgspec.convert(told["slip"], Slip)
    key = await keys.for_scope(tx, f"application:{application}")
    await store.insert_slip(tx, application, slip, key.id, key.encrypt(msgspec.json.encode(slip.content), slip.id.bytes))


async def slips_of(tx: ReadTx, application: Application) -> list[Slip]:
    """In the order of their issue."""
    found = []
    for row in await store.slips(tx, application.id):
        values = dict(row)
        key = await keys.by_id(tx, values.pop("key"))
        content = msgspec.json.decode(key.decrypt(row["content"], row["id"].bytes), type=SlipContent)
        found.append(Slip(**{**values, "content": content}))
    return found


async def asked(tx: ReadTx, application: Application) -> Slip | None:
    """The request that waits for an answer."""
    if application.state != "supplement":
        return None
    return next((slip for slip in reversed(await slips_of(tx, application)) if slip.kind == "supplement"), None)


async def find_slip(tx: ReadTx, application: Application, name: str) -> Slip:
    """By its name in addresses, such as `supplement-1`. Raises NotFound."""
    for slip in await slips_of(tx, application):
        if slip.name == name:
            return slip
    raise NotFound(subject=f"case:{application.code}")


def filed_on(tx: ReadTx, application: Application) -> date:
    """The day by which the form's conditions go."""
    return tx.node.country.local_date(application.submitted_at or tx.now)


async def answer(tx: WriteTx, who: Caller, code: str, text: str) -> None:
    """Send what was asked for to the agency, once. Raises Invalid with every field that is wrong or missing, Conflict when nothing is asked."""
    application, draft = await lock_waiting(tx, who, code)
    slip = await asked(tx, application)
    names = slip.content.fields if slip else []
    form, day = asked_again(procedure_of(tx, application).form, set(names), draft), filed_on(tx, application)
    wrong = errors_of(form, set(names), draft, day)
    if not names and not text.strip():
        wrong["text"] = "kernel.field_missing_text"
    if len(text) > TEXT_LENGTH:
        wrong["text"] = "kernel.field_wrong_long_text"
    if wrong:
        raise Invalid(fields=wrong)
    standing = {key: value for key, value in form.standing(values(draft), day).items() if root(key) in names}
    papers = {key for key in standing if (field := form.at(key)) and field.kind == "file"}
    body = {
        "at": tx.now.isoformat(), "text": text.strip(), "answers": {key: value for key, value in standing.items() if key not in papers},
        "files": [await file_body(tx, key, draft.files[key]) for key in standing if key in draft.files],
    }  # fmt: skip
    await store.move(tx, application.id, "answered")
    await events.append(
        tx,
        who,
        str(application.id),
        SupplementSent(application=str(application.id), procedure=application.procedure, unit=application.unit or ""),
        case=code,
    )
    await _tell(tx, who, "cases.answer", application, body)


async def withdraw(tx: WriteTx, who: Caller, code: str, reason: str) -> None:
    """Take a filed case back. Raises Invalid without a reason, Conflict when the case has ended."""
    found, _ = await view(tx, who, code)
    if found.state not in WITHDRAWABLE or found.code is None:
        raise Conflict("cases.turn_closed")
    if not reason.strip() or len(reason) > TEXT_LENGTH:
        raise Invalid(fields={"reason": "cases.reason_missing"})
    await store.move(tx, found.id, "withdrawing")
    sent = WithdrawalSent(application=str(found.id), procedure=found.procedure, unit=found.unit or "")
    await events.append(tx, who, str(found.id), sent, case=code)
    await _tell(tx, who, "cases.withdrawal", found, {"reason": reason.strip()})


async def _tell(tx: WriteTx, who: Caller, service: str, application: Application, body: dict[str, Any]) -> None:
    about = {"application": str(application.id), "person": application.person, "unit": application.unit}
    provider = directory_of(tx.node.country).agency_of_unit(application.unit or "").code
    message = Question(
        service=service, client=tx.node.plan.operator, provider=provider, purpose="settle", body={**about, **body}, case=application.code
    )  # fmt: skip
    await tell(tx, who, message, key=await keys.for_scope(tx, f"application:{application.id}"))


async def facts_of(tx: ReadTx, application: Application, draft: Draft) -> CaseFacts:
    """Raises NotFound before the agency has numbered it."""
    if application.code is None or application.submitted_at is None or application.due_on is None or application.unit is None:
        raise NotFound
    return CaseFacts(
        code=application.code, agency=directory_of(tx.node.country).agency_of_unit(application.unit).code, unit=application.unit,
        procedure=procedure_of(tx, application), applicant=draft.answers.get("applicant_name", ""), address=draft.answers.get("applicant_address", ""),
        received_at=application.submitted_at, due_on=application.due_on, answers=values(draft),
    )  # fmt: skip
