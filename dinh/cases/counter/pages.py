"""Counter mode: who comes, for what; then one page with everything, scans included; then the numbered case and its slip."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from dinh.cases.applications import Draft, handling_units, values
from dinh.cases.counter import service
from dinh.cases.procedures import Procedure, catalogue_of
from dinh.kernel import clock
from dinh.kernel.errors import Invalid, Refused, StorageFull, TooLarge, Unavailable
from dinh.kernel.web.bodies import Upload
from dinh.kernel.web.routes import action, duty, page
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of

ENTER = "enter"


@page("/desk/counter", duty("handle"))
async def counter(request: Visit) -> Response[str]:
    return await _counter(request, None, 200)


async def _counter(request: Visit, error: Refused | None, status: int) -> Response[str]:
    async with request.node.read(request.who) as tx:
        waiting, every = await service.unfinished(tx, request.who)
    known = catalogue_of(request.node.country).all_on(request.node.country.local_date(clock.now()))
    titles = {procedure.code: request.speaker.pick(procedure.title) for procedure in known}
    return request.page(
        "cases/counter.html", status=status, waiting=waiting, every=every, titles=titles, error=error, typed=request.scope["state"].get("form"),
        procedures=[{"value": code, "label": title} for code, title in titles.items()],
    )  # fmt: skip


@action("/desk/counter", duty("handle"))
async def begin(request: Visit) -> Response[Any]:
    number = "".join(request.posted.get("number").split())
    try:
        intake = await service.begin(request.node, request.who, request.posted.get("procedure"), number)
    except (Invalid, Unavailable) as error:
        return await _counter(request, error, error.status)
    return request.go(f"/desk/counter/{intake}")


@page("/desk/counter/{intake:uuid}", duty("handle"))
async def form(request: Visit, intake: FromPath[UUID]) -> Response[str]:
    return await _form(request, intake, {}, 200)


async def _form(request: Visit, intake: UUID, errors: dict[str, str], status: int) -> Response[str]:
    async with request.node.read(request.who) as tx:
        _, draft, procedure = await service.view(tx, intake)
    labels = {key: procedure.form.name_of(key, request.speaker.pick) for key in errors}
    return request.page("cases/counter_form.html", status=status, intake=intake, errors=errors, labels=labels, **_context(request, draft, procedure))


def _context(request: Visit, draft: Draft, procedure: Procedure) -> dict[str, Any]:
    directory, speaker, day = directory_of(request.node.country), request.speaker, request.node.country.local_date(clock.now())
    return {
        "draft": draft, "procedure": procedure, "day": day, "pages": procedure.form.walk(values(draft), day),
        "source": lambda name: speaker.pick(directory.agency(name).name),
        "units": [{"value": unit, "label": name} for unit, name in handling_units(request.node.country, clock.now()).items()],
    }  # fmt: skip


@action("/desk/counter/{intake:uuid}", duty("handle"))
async def save(request: Visit, intake: FromPath[UUID]) -> Response[Any]:
    """Keep everything first; then enter the case, if that was asked for."""
    wrong: dict[str, str] = {}
    for name, uploads in request.posted.several.items():
        for upload in uploads:
            error = await _scan(request, intake, name, upload)
            wrong |= {name: error} if error else {}
    async with request.node.write(request.who) as tx:
        place = await service.save(tx, intake, request.posted.values)
    if wrong:
        return await _form(request, intake, wrong, 422)
    if place or request.posted.get("do") != ENTER:
        return request.go(f"/desk/counter/{intake}" + (f"#{place}" if place else ""))
    try:
        async with request.node.write(request.who) as tx:
            case = await service.enter(tx, request.who, intake)
    except Invalid as error:
        return await _form(request, intake, error.fields, error.status)
    return request.go(f"/desk/{case.code}/slips/receipt")


async def _scan(request: Visit, intake: UUID, field: str, upload: Upload) -> str | None:
    """What is wrong with the file, if anything."""
    if upload.too_large:
        return "kernel.field_too_large"
    try:
        async with request.node.write(request.who) as tx:
            await service.scan(tx, intake, (field, upload.name, upload.content))
    except (Invalid, TooLarge, StorageFull) as error:
        return error.key
    return None


routes = [counter, begin, form, save]
