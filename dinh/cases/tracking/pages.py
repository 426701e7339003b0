"""The citizen's pages of a filed case: status, slips, the answer to a request, withdrawal."""

from collections.abc import Callable
from typing import Any

from litestar import Response
from litestar.params import FromPath

from dinh.cases.applications import Application, Draft, amend, amend_file, handling_units, procedure_of, values, view
from dinh.cases.clocks import days_left
from dinh.cases.procedures import catalogue_of
from dinh.cases.slips import CaseFacts, Sheet, printed, receipt_of, sheet_of
from dinh.cases.tracking import service
from dinh.cases.tracking.rules import asked_again
from dinh.exchange import gather
from dinh.kernel import clock
from dinh.kernel.errors import Conflict, Invalid, Refused, StorageFull, TooLarge
from dinh.kernel.forms import Field, slots
from dinh.kernel.texts import Speaker
from dinh.kernel.transactions import ReadTx
from dinh.kernel.web.bodies import Upload
from dinh.kernel.web.routes import action, page, represented
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of, post_title

SEEN = 5
RECEIPT = "receipt"


@page("/cases/{code:str}", represented("cases"))
async def status(request: Visit, code: FromPath[str]) -> Response[str]:
    """Where the case is, in one sentence; then what happened and who has it."""
    async with request.node.read(request.who) as tx:
        found, draft = await view(tx, request.who, code)
        context = await _status(tx, request, found, draft)
    entries, _ = await gather(request.node, request.who)
    seen = [entry for entry in entries if entry.case in {found.code, str(found.id)}][:SEEN]
    return request.page("cases/status.html", application=found, entries=seen, **context)


async def _status(tx: ReadTx, request: Visit, found: Application, draft: Draft) -> dict[str, Any]:
    procedure, country = procedure_of(tx, found), request.node.country
    rules, today = catalogue_of(country).rules, country.local_date(tx.now)
    slips = await service.slips_of(tx, found)
    return {
        "procedure": procedure, "heading": draft.answers.get(procedure.heading_field, ""), "slips": slips, "rules": rules, "states": rules.states,
        "left": days_left(country, procedure.deadline.calendar, found.due_on, tx.now, found.paused_at) if found.due_on else 0, "last": slips[-1] if slips else None,
        "steps": await service.steps_of(tx, found), "can_withdraw": found.code and found.state in service.WITHDRAWABLE,
        "post": lambda post: request.speaker.pick(post_title(country, post, today)), "agency": directory_of(country).agency,
        "unit": directory_of(country).full_name(found.unit, today) if found.unit else "",
    }  # fmt: skip


@page("/cases/{code:str}/slips/{name:str}", represented("cases"))
async def slip(request: Visit, code: FromPath[str], name: FromPath[str]) -> Response[str]:
    """One slip as a page."""
    make, _ = await _sheet(request, code, name)
    return request.page("cases/slip.html", sheet=make(request.speaker), back=f"/cases/{code}", pdf=f"/cases/{code}/slips/{name}/pdf")


@page("/cases/{code:str}/slips/{name:str}/pdf", represented("cases"))
async def slip_pdf(request: Visit, code: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """Its content was fixed when it was issued; the PDF is drawn when it is opened."""
    make, at = await _sheet(request, code, name)
    pdf = printed(request.node, make, f"/cases/{code}", at)
    return Response(pdf, media_type="application/pdf", headers={"content-disposition": f'inline; filename="{code}-{name}.pdf"'})


async def _sheet(request: Visit, code: str, name: str) -> tuple[Callable[[Speaker], Sheet], Any]:
    node = request.node
    async with node.read(request.who) as tx:
        found, draft = await view(tx, request.who, code)
        facts: CaseFacts = await service.facts_of(tx, found, draft)
        if name == RECEIPT:
            return lambda speaker: receipt_of(node, speaker, facts), facts.received_at
        chosen = await service.find_slip(tx, found, name)
        return lambda speaker: sheet_of(node, speaker, facts, chosen), chosen.issued_at


@page("/cases/{code:str}/receipt", represented("cases"))
async def receipt(request: Visit, code: FromPath[str]) -> Response[bytes]:
    return await slip_pdf.fn(request, code, RECEIPT)  # type: ignore[no-any-return]


@page("/cases/{code:str}/answer", represented("cases"))
async def ask_again(request: Visit, code: FromPath[str]) -> Response[Any]:
    """What the agency asked for, and the fields to answer it."""
    return await _answer_page(request, code, None, 200)


async def _answer_page(request: Visit, code: str, error: Refused | None, status_code: int) -> Response[Any]:
    async with request.node.read(request.who) as tx:
        found, draft = await view(tx, request.who, code)
        asked, fields, day = await service.asked(tx, found), await _fields(tx, found, draft), service.filed_on(tx, found)
        procedure = procedure_of(tx, found)
    if asked is None:
        return request.go(f"/cases/{code}")
    directory, speaker = directory_of(request.node.country), request.speaker
    errors = error.fields if error else {}
    return request.page(
        "cases/answer.html", status=status_code, application=found, draft=draft, procedure=procedure, slip=asked, fields=fields,
        errors=errors, day=day, labels={key: procedure.form.name_of(key, speaker.pick) for key in errors},
        text=request.scope["state"]["form"].get("text") if error else "",
        source=lambda name: speaker.pick(directory.agency(name).name),
        units=[{"value": unit, "label": name} for unit, name in handling_units(request.node.country, clock.now()).items()],
    )  # fmt: skip


async def _fields(tx: ReadTx, found: Application, draft: Draft) -> list[Field]:
    asked = await service.asked(tx, found)
    names = set(asked.content.fields) if asked else set[str]()
    form = asked_again(procedure_of(tx, found).form, names, draft)
    return [field for field in form.asked(values(draft), service.filed_on(tx, found)) if field.name in names]


@action("/cases/{code:str}/answer", represented("cases"))
async def answer(request: Visit, code: FromPath[str]) -> Response[Any]:
    """Keep what was typed first, then send it: what is wrong is said beside what was kept."""
    try:
        place = await _keep(request, code)
        if place:
            return request.go(f"/cases/{code}/answer#{place}")
        async with request.node.write(request.who) as tx:
            await service.answer(tx, request.who, code, request.posted.get("text"))
    except Conflict:
        return request.go(f"/cases/{code}")
    except Invalid as error:
        return await _answer_page(request, code, error, error.status)
    return request.go(f"/cases/{code}")


async def _keep(request: Visit, code: str) -> str | None:
    """The place to come back to, when a button inside the page was used. Raises Invalid for a file that cannot be taken; the words
    beside it are kept by then.
    """
    async with request.node.read(request.who) as tx:
        found, draft = await view(tx, request.who, code)
        fields, day = await _fields(tx, found, draft), service.filed_on(tx, found)
    wrong: dict[str, str] = {}
    for key in [key for key, field in slots(fields, draft.answers, day) if field.kind == "file"]:
        for upload in request.posted.several.get(key, []):
            error = await _keep_file(request, code, key, upload)
            wrong |= {key: error} if error else {}
    async with request.node.write(request.who) as tx:
        place = await amend(tx, request.who, code, [field.name for field in fields], request.posted.values)
    if wrong:
        raise Invalid(fields=wrong)
    return place


async def _keep_file(request: Visit, code: str, key: str, upload: Upload) -> str | None:
    """What is wrong with the file, if anything."""
    if upload.too_large:
        return "kernel.field_too_large"
    try:
        async with request.node.write(request.who) as tx:
            await amend_file(tx, request.who, code, (key, upload.name, upload.content))
    except (Invalid, TooLarge, StorageFull) as error:
        return error.key
    return None


@page("/cases/{code:str}/withdraw", represented("cases"))
async def before_withdrawal(request: Visit, code: FromPath[str]) -> Response[Any]:
    return await _withdraw_page(request, code, None, 200)


async def _withdraw_page(request: Visit, code: str, error: Refused | None, status_code: int) -> Response[Any]:
    async with request.node.read(request.who) as tx:
        found, _ = await view(tx, request.who, code)
        procedure = procedure_of(tx, found)
    if found.state not in service.WITHDRAWABLE:
        return request.go(f"/cases/{code}")
    return request.page(
        "cases/withdraw.html", status=status_code, application=found, procedure=procedure, errors=error.fields if error else {},
        reason=request.scope["state"]["form"].get("reason") if error else "",
    )  # fmt: skip


@action("/cases/{code:str}/withdraw", represented("cases"))
async def withdraw(request: Visit, code: FromPath[str]) -> Response[Any]:
    try:
        async with request.node.write(request.who) as tx:
            await service.withdraw(tx, request.who, code, request.posted.get("reason"))
    except Invalid as error:
        return await _withdraw_page(request, code, error, error.status)
    except Conflict as error:
        if error.key != "cases.turn_closed":
            raise
    return request.go(f"/cases/{code}")


routes = [status, slip, slip_pdf, receipt, ask_again, answer, before_withdrawal, withdraw]
