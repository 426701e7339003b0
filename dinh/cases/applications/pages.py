"""The citizen's pages: service, form, review."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from dinh.cases.applications import rules, service
from dinh.cases.applications.contracts import Application, Draft
from dinh.cases.procedures import Procedure, catalogue_of
from dinh.kernel import clock
from dinh.kernel.errors import Conflict, Invalid, NotFound, StorageFull, TooLarge
from dinh.kernel.forms import Page, tidy
from dinh.kernel.web.bodies import Upload
from dinh.kernel.web.routes import action, page, public, signed_in
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of

REVIEW = "review"


@page("/services/{code:str}", public)
async def procedure(request: Visit, code: FromPath[str]) -> Response[str]:
    day = request.node.country.local_date(clock.now())
    found = catalogue_of(request.node.country).on(code, day)
    return request.page("cases/procedure.html", procedure=found, fee=found.fee(day))


@action("/services/{code:str}/start", signed_in)
async def start(request: Visit, code: FromPath[str]) -> Response[Any]:
    application = await service.start(request.node, request.who, code, request.posted.get("about") or request.query_params.get("about", ""))
    return request.go(f"/applications/{application}")


@page("/services/{code:str}/start", signed_in)
async def start_after_sign_in(request: Visit, code: FromPath[str]) -> Response[str]:
    """Signing in leads back here by GET; nothing is made before the person presses the button."""
    return request.page("cases/start.html", procedure=_today(request, code), about=request.query_params.get("about", ""))


def _today(request: Visit, code: str) -> Procedure:
    return catalogue_of(request.node.country).on(code, request.node.country.local_date(clock.now()))


@page("/applications", signed_in)
async def mine(request: Visit) -> Response[str]:
    async with request.node.read(request.who) as tx:
        found = await service.mine(tx, request.who)
        rows = [(application, service.procedure_of(tx, application)) for application in found]
    return request.page("cases/applications.html", rows=rows, states=catalogue_of(request.node.country).rules.states)


@page("/applications/{application:uuid}", signed_in)
async def resume(request: Visit, application: FromPath[UUID]) -> Response[Any]:
    """To the first page that is not complete; a sent application leads to its status."""
    async with request.node.read(request.who) as tx:
        found, draft = await service.view(tx, request.who, str(application))
        form, today = service.procedure_of(tx, found).form, tx.node.country.local_date(tx.now)
    if found.state != "draft":
        return request.go(f"/cases/{found.code}") if found.code else request.page("cases/sent.html", application=found)
    for step in form.asked_pages(draft.answers):
        fields = [field for field in form.asked(draft.answers) if field in step.fields]
        if rules.page_errors(fields, draft, today):
            return request.go(f"/applications/{application}/{step.name}")
    return request.go(f"/applications/{application}/{REVIEW}")


@page("/applications/{application:uuid}/{name:str}", signed_in)
async def ask(request: Visit, application: FromPath[UUID], name: FromPath[str]) -> Response[Any]:
    async with request.node.read(request.who) as tx:
        found, draft = await service.view(tx, request.who, str(application))
        procedure = service.procedure_of(tx, found)
        wrong = rules.errors(procedure.form, draft, tx.node.country.local_date(tx.now)) if name == REVIEW else {}
    if found.state != "draft":
        return request.go(f"/applications/{application}")
    if name == REVIEW:
        return _review(request, found, draft, procedure, wrong, 200)
    step = procedure.form.page(name)
    if step is None:
        raise NotFound
    return _form_page(request, found, draft, procedure, step, {}, 200)


@action("/applications/{application:uuid}/{name:str}", signed_in)
async def save(request: Visit, application: FromPath[UUID], name: FromPath[str]) -> Response[Any]:
    """Keep what was typed, then say what is wrong, or go on."""
    if name == REVIEW:
        return await _submit(request, application)
    errors = await _save(request, application, name)
    async with request.node.read(request.who) as tx:
        found, draft = await service.view(tx, request.who, str(application))
        procedure = service.procedure_of(tx, found)
    step = procedure.form.page(name)
    if errors and step:
        return _form_page(request, found, draft, procedure, step, errors, 422)
    return request.go(f"/applications/{application}/{_next(procedure, draft, name)}")


async def _save(request: Visit, application: UUID, name: str) -> dict[str, str]:
    """Text first, in a transaction of its own: a file that is refused must not take the typed words with it."""
    async with request.node.read(request.who) as tx:
        found, _ = await service.view(tx, request.who, str(application))
        step = service.procedure_of(tx, found).form.page(name)
    fields = step.fields if step else []
    typed = {field.name: tidy(field, request.posted.values) for field in fields if field.kind != "file"}
    async with request.node.write(request.who) as tx:
        errors = await service.save_answers(tx, request.who, application, name, typed)
    for field in fields:
        upload = request.posted.uploads.get(field.name)
        if field.kind == "file" and upload:
            error = await _attach(request, application, field.name, upload)
            errors = {name: key for name, key in errors.items() if name != field.name} | ({field.name: error} if error else {})
    return errors


async def _attach(request: Visit, application: UUID, field: str, upload: Upload) -> str | None:
    """What is wrong with the file, if anything."""
    if upload.too_large:
        return "kernel.field_too_large"
    try:
        async with request.node.write(request.who) as tx:
            await service.attach(tx, request.who, application, field, upload.name, upload.content)
    except (Invalid, TooLarge, StorageFull) as error:
        return error.key
    return None


async def _submit(request: Visit, application: UUID) -> Response[Any]:
    try:
        async with request.node.write(request.who) as tx:
            await service.submit(tx, request.who, application)
    except Invalid as error:
        async with request.node.read(request.who) as tx:
            found, draft = await service.view(tx, request.who, str(application))
            procedure = service.procedure_of(tx, found)
        return _review(request, found, draft, procedure, error.fields, 422)
    except Conflict:
        pass
    return request.go(f"/applications/{application}")


def _next(procedure: Procedure, draft: Draft, name: str) -> str:
    names = [step.name for step in procedure.form.asked_pages(draft.answers)]
    after = names[names.index(name) + 1 :] if name in names else []
    return after[0] if after else REVIEW


def _form_page(
    request: Visit, found: Application, draft: Draft, procedure: Procedure, step: Page, errors: dict[str, str], status: int
) -> Response[str]:
    pages = procedure.form.asked_pages(draft.answers)
    number = next((at for at, page_ in enumerate(pages, 1) if page_.name == step.name), 1)
    before = pages[number - 2].name if number > 1 else None
    return request.page(
        "cases/form.html", status=status, application=found, draft=draft, procedure=procedure, step=step, errors=errors, number=number,
        total=len(pages), before=before, source=_source_name(request), units=_units(request),
    )  # fmt: skip


def _review(request: Visit, found: Application, draft: Draft, procedure: Procedure, errors: dict[str, str], status: int) -> Response[str]:
    return request.page(
        "cases/review.html", status=status, application=found, draft=draft, procedure=procedure, errors=errors, source=_source_name(request),
        units={unit["value"]: unit["label"] for unit in _units(request)},
    )  # fmt: skip


def _source_name(request: Visit) -> Any:
    """The name of the agency behind a prefilled value, in the visitor's language."""
    directory, speaker = directory_of(request.node.country), request.speaker
    return lambda code: speaker.pick(directory.agency(code).name)


def _units(request: Visit) -> list[dict[str, str]]:
    return [{"value": code, "label": name} for code, name in service.handling_units(request.node.country, clock.now()).items()]


routes = [procedure, start_after_sign_in, start, mine, resume, ask, save]
