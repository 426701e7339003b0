"""The citizen's pages of an application that is not sent yet: start, list, form, review, discard."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath

from dinh.cases.applications import rules, service
from dinh.cases.applications.contracts import Application, Draft
from dinh.cases.guide import documents_of
from dinh.cases.procedures import Procedure, catalogue_of
from dinh.kernel import clock, ids
from dinh.kernel.caller import system
from dinh.kernel.errors import Conflict, Invalid, NotFound, SignInNeeded, StorageFull, TooLarge
from dinh.kernel.forms import Page, digest, slots
from dinh.kernel.sessions import Sessions
from dinh.kernel.transactions import ReadTx
from dinh.kernel.web.bodies import Upload
from dinh.kernel.web.routes import action, page, represented, returning
from dinh.kernel.web.visit import SESSION, Visit, cookie_name
from dinh.offices import directory_of

REVIEW = "review"
TYPED = "dinh_typed"


class Opened(msgspec.Struct, frozen=True):
    """An application with everything that its pages look at."""

    application: Application
    draft: Draft
    procedure: Procedure
    day: date


async def _open(tx: ReadTx, request: Visit, application: UUID) -> Opened:
    found, draft = await service.view(tx, request.who, str(application))
    return Opened(found, draft, service.procedure_of(tx, found), tx.node.country.local_date(tx.now))


@action("/services/{code:str}/start", represented("cases"))
async def start(request: Visit, code: FromPath[str]) -> Response[Any]:
    application = await service.start(request.node, request.who, code, request.posted.get("about") or request.query_params.get("about", ""))
    return request.go(f"/applications/{application}")


@page("/services/{code:str}/start", represented("cases"))
async def start_after_sign_in(request: Visit, code: FromPath[str]) -> Response[str]:
    """Signing in leads back here by GET; nothing is made before the person presses the button. What was begun can be gone on with."""
    procedure = catalogue_of(request.node.country).on(code, request.node.country.local_date(clock.now()))
    async with request.node.read(request.who) as tx:
        begun = [_row(tx, found, draft) for found, draft in await service.drafts_of(tx, request.who, code)]
    return request.page("cases/start.html", procedure=procedure, begun=begun, about=request.query_params.get("about", ""))


@page("/applications", represented("cases"))
async def mine(request: Visit) -> Response[str]:
    async with request.node.read(request.who) as tx:
        rows = [_row(tx, found, draft) for found, draft in await service.mine_opened(tx, request.who)]
    return request.page("cases/applications.html", rows=rows, states=catalogue_of(request.node.country).rules.states)


def _row(tx: ReadTx, found: Application, draft: Draft) -> dict[str, Any]:
    procedure, day = service.procedure_of(tx, found), tx.node.country.local_date(tx.now)
    done, total = rules.progress(procedure.form, draft, day) if found.state == "draft" else (0, 0)
    return {
        "application": found, "procedure": procedure, "heading": draft.answers.get(procedure.heading_field, ""), "done": done, "total": total,
        "until": found.updated_at + rules.DRAFT_KEPT,
    }  # fmt: skip


@page("/applications/{application:uuid}", represented("cases"))
async def resume(request: Visit, application: FromPath[UUID]) -> Response[Any]:
    """To the first page that is not complete; a sent application leads to its status."""
    async with request.node.read(request.who) as tx:
        opened = await _open(tx, request, application)
    found = opened.application
    if found.state != "draft":
        return request.go(f"/cases/{found.code}") if found.code else request.page("cases/sent.html", application=found)
    name = rules.first_incomplete(opened.procedure.form, opened.draft, opened.day)
    return request.go(f"/applications/{application}/{name or REVIEW}")


@page("/applications/{application:uuid}/discard", represented("cases"))
async def ask_discard(request: Visit, application: FromPath[UUID]) -> Response[Any]:
    async with request.node.read(request.who) as tx:
        found, draft = await service.view(tx, request.who, str(application))
        row = _row(tx, found, draft)
    return request.page("cases/discard.html", row=row) if found.state == "draft" else request.go(f"/applications/{application}")


@action("/applications/{application:uuid}/discard", represented("cases"))
async def discard(request: Visit, application: FromPath[UUID]) -> Response[Any]:
    async with request.node.write(request.who) as tx:
        await service.discard(tx, request.who, application)
    return request.go("/applications")


@page("/applications/{application:uuid}/{name:str}", represented("cases"))
async def ask(request: Visit, application: FromPath[UUID], name: FromPath[str]) -> Response[Any]:
    async with request.node.read(request.who) as tx:
        opened = await _open(tx, request, application)
        secret = request.cookies.get(cookie_name(request.node, TYPED), "")
        kept = await service.kept_typed(tx, opened.application, name, secret) if secret else None
    form = opened.procedure.form
    if opened.application.state != "draft":
        return request.go(f"/applications/{application}")
    if name == REVIEW:
        return _review(request, opened, rules.errors(form, opened.draft, opened.day), 200)
    step = form.page(name)
    if step is None:
        raise NotFound
    if step not in form.asked_pages(rules.values(opened.draft), opened.day):
        return request.go(f"/applications/{application}")
    if kept:
        typed = rules.with_typed(form, step, opened.draft, kept, opened.day)
        return _form_page(request, msgspec.structs.replace(opened, draft=typed), step, seen=kept.get(service.SEEN, ""), kept=True)
    return _form_page(request, opened, step)


@action("/applications/{application:uuid}/{name:str}", returning("cases"))
async def save(request: Visit, application: FromPath[UUID], name: FromPath[str]) -> Response[Any]:
    """Keep what was typed, then say what is wrong, or go on."""
    if request.who.person is None:
        return await _keep(request, application, name)
    if name == REVIEW:
        return await _submit(request, application)
    posted = request.posted.values
    async with request.node.write(request.who) as tx:
        saved = await service.save_answers(tx, request.who, application, name, posted)
    if saved.typed:
        return await _conflict(request, application, name, saved.draft, saved.typed)
    refused = await _attach_all(request, application, name)
    if rules.has_pressed(posted):
        async with request.node.write(request.who) as tx:
            place = await service.press(tx, request.who, application, name, posted)
        if place and not refused:
            return request.go(f"/applications/{application}/{name}{_query(request)}#{place}")
    return await _go_on(request, application, name, refused, saved.fresh)


async def _go_on(request: Visit, application: UUID, name: str, refused: dict[str, str], fresh: set[str]) -> Response[Any]:
    """To the next page, or back to the review that sent the person here; to this page again while something is wrong or new on it."""
    async with request.node.read(request.who) as tx:
        opened = await _open(tx, request, application)
    form = opened.procedure.form
    wrong = {key: text for key, text in rules.page_errors(form, name, opened.draft, opened.day).items() if key not in fresh} | refused
    step = form.page(name)
    if step and (wrong or fresh):
        return _form_page(request, opened, step, wrong, 422 if wrong else 200, fresh=bool(fresh))
    if request.query_params.get("back") == REVIEW:
        return request.go(f"/applications/{application}")
    names = [one.name for one in form.asked_pages(rules.values(opened.draft), opened.day)]
    after = names[names.index(name) + 1 :] if name in names else []
    return request.go(f"/applications/{application}/{after[0] if after else REVIEW}")


def _query(request: Visit) -> str:
    return f"?back={REVIEW}" if request.query_params.get("back") == REVIEW else ""


async def _keep(request: Visit, application: UUID, name: str) -> Response[Any]:
    """The session ended while the person was typing. Only a browser that had one has anything to keep."""
    session = request.cookies.get(cookie_name(request.node, SESSION))
    if not session:
        raise SignInNeeded
    person, secret = await request.node.part(Sessions).ended(request.node, session), ids.token()
    async with request.node.write(system("cases")) as tx:
        kept = name != REVIEW and person is not None and await service.keep_typed(tx, application, person, name, request.posted.values, secret)
    cookies = [request.cookie(cookie_name(request.node, TYPED), secret, seconds=int(rules.TYPED_KEPT.total_seconds()))] if kept else []
    back = quote(f"/applications/{application}/{quote(name)}{_query(request)}", safe="")
    return request.go(f"/session/start?next={back}", cookies)


async def _attach_all(request: Visit, application: UUID, name: str) -> dict[str, str]:
    """Text first, in a transaction of its own: a file that is refused must not take the typed words with it."""
    async with request.node.read(request.who) as tx:
        opened = await _open(tx, request, application)
    form, draft = opened.procedure.form, opened.draft
    wrong = {}
    for key, field in slots(form.asked_on(name, rules.values(draft), opened.day), draft.answers, opened.day):
        uploads = request.posted.several.get(key, []) if field.kind == "file" else []
        for upload in uploads:
            error = await _attach(request, application, key, upload)
            if error:
                wrong[key] = error
    return wrong


async def _attach(request: Visit, application: UUID, key: str, upload: Upload) -> str | None:
    """What is wrong with the file, if anything."""
    if upload.too_large:
        return "kernel.field_too_large"
    try:
        async with request.node.write(request.who) as tx:
            await service.attach(tx, request.who, application, key, upload.name, upload.content)
    except (Invalid, TooLarge, StorageFull) as error:
        return error.key
    return None


async def _conflict(request: Visit, application: UUID, name: str, saved: Draft, typed: Draft) -> Response[Any]:
    """Another device saved this page meanwhile: both are shown, the person chooses."""
    async with request.node.read(request.who) as tx:
        opened = await _open(tx, request, application)
    step = opened.procedure.form.page(name)
    if step is None:
        raise NotFound
    differences = rules.differences(step.fields, saved, typed)
    mine = msgspec.structs.replace(opened, draft=typed)
    return _form_page(request, mine, step, None, 409, seen=digest(step.fields, saved.answers), differences=differences)


async def _submit(request: Visit, application: UUID) -> Response[Any]:
    try:
        async with request.node.write(request.who) as tx:
            await service.submit(tx, request.who, application)
    except Invalid as error:
        async with request.node.read(request.who) as tx:
            opened = await _open(tx, request, application)
        return _review(request, opened, error.fields, 422)
    except Conflict:
        pass
    return request.go(f"/applications/{application}")


def _form_page(request: Visit, opened: Opened, step: Page, errors: dict[str, str] | None = None, status: int = 200, **more: Any) -> Response[str]:
    """`more` says why the page comes back: `fresh` questions, `kept` words, `differences` to another device."""
    form, draft, day = opened.procedure.form, opened.draft, opened.day
    pages = form.asked_pages(rules.values(draft), day)
    number = next((at for at, page_ in enumerate(pages, 1) if page_.name == step.name), 1)
    fields = form.asked_on(step.name, rules.values(draft), day)
    back = request.query_params.get("back") == REVIEW
    context = {"seen": digest(step.fields, draft.answers), "fresh": False, "kept": False, "differences": [], **more}
    return request.page(
        "cases/form.html", status=status, step=step, fields=fields, errors=errors or {}, number=number, total=len(pages),
        before=REVIEW if back else pages[number - 2].name if number > 1 else None, ended=rules.is_open_ended(form, draft, day),
        **context, **_common(request, opened, [*(errors or {}), *(key for key, _, _ in context["differences"])]),
    )  # fmt: skip


def _review(request: Visit, opened: Opened, errors: dict[str, str], status: int) -> Response[str]:
    form, found = opened.procedure.form, rules.values(opened.draft)
    sections = [(step, [field for field in fields if field.shown]) for step, fields in form.walk(found, opened.day)]
    return request.page(
        "cases/review.html", status=status, errors=errors, sections=[section for section in sections if section[1]],
        fee=opened.procedure.fee(opened.day, found), **_common(request, opened, list(errors)),
    )  # fmt: skip


def _common(request: Visit, opened: Opened, keys: list[str]) -> Mapping[str, Any]:
    """What form and review share; `keys` are named in full."""
    directory, speaker, form = directory_of(request.node.country), request.speaker, opened.procedure.form
    units = service.handling_units(request.node.country, clock.now())
    return {
        "application": opened.application, "draft": opened.draft, "procedure": opened.procedure, "day": opened.day,
        "labels": {key: form.name_of(key, speaker.pick) for key in keys},
        "source": lambda code: speaker.pick(directory.agency(code).name), "units": [{"value": code, "label": name} for code, name in units.items()],
        "documents": documents_of(opened.procedure, rules.values(opened.draft), opened.day),
    }  # fmt: skip


routes = [start_after_sign_in, start, mine, resume, ask_discard, discard, ask, save]
