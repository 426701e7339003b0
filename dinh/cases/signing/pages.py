"""Where decisions are signed: the queue with what each is about, several with one code; and authority lent to another post."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from dinh.cases.decisions import TOGETHER, decide_together, preview
from dinh.cases.procedures import catalogue_of
from dinh.cases.signing import service
from dinh.kernel import clock
from dinh.kernel.errors import Invalid, Refused, TooMany
from dinh.kernel.forms import Field, tidy
from dinh.kernel.web.routes import action, duty, page
from dinh.kernel.web.visit import Visit
from dinh.offices import lent_by, post_title, revoke


def _post(request: Visit) -> Any:
    country, day = request.node.country, request.node.country.local_date(clock.now())
    return lambda code: request.speaker.pick(post_title(country, code, day))


@page("/desk/sign", duty("decide"))
async def queue(request: Visit) -> Response[str]:
    """What waits for this signature. It shows who each case is about, so every case in it is recorded as opened."""
    return await _queue(request, None, 200)


async def _queue(request: Visit, error: Refused | None, status: int, done: tuple[list[str], list[str]] = ([], [])) -> Response[str]:
    async with request.node.write(request.who) as tx:
        waiting, every = await service.waiting(tx, request.who, TOGETHER)
    return request.page(
        "cases/sign.html",
        status=status,
        waiting=waiting,
        every=every,
        error=error,
        done=done[0],
        refused=done[1],
        post=_post(request),
        typed=request.scope["state"].get("form"),
    )


@page("/desk/{code:str}/preview", duty("decide"))
async def preview_paper(request: Visit, code: FromPath[str]) -> Response[bytes]:
    pdf = await preview(request.node, request.who, code)
    return Response(pdf, media_type="application/pdf", headers={"content-disposition": f'inline; filename="{code}-preview.pdf"'})


@action("/desk/sign", duty("decide"))
async def sign(request: Visit) -> Response[str]:
    """One code for all that were chosen."""
    codes = [name.removeprefix("case.") for name, value in request.posted.values.items() if name.startswith("case.") and value]
    if not codes:
        return await _queue(request, Invalid("cases.none_chosen"), 422)
    try:
        done = await decide_together(request.node, request.who, codes, "".join(request.posted.get("factor").split()))
    except (Invalid, TooMany) as error:
        return await _queue(request, error, error.status)
    return await _queue(request, None, 200, done)


@page("/desk/delegations", duty("decide"))
async def delegations(request: Visit) -> Response[str]:
    return await _delegations(request, None, 200)


async def _delegations(request: Visit, error: Refused | None, status: int) -> Response[str]:
    async with request.node.read(request.who) as tx:
        given, posts = await lent_by(tx, request.who), await service.others(tx, request.who)
    today = request.node.country.local_date(clock.now())
    catalogue, pick = catalogue_of(request.node.country), request.speaker.pick
    return request.page(
        "cases/delegations.html", status=status, given=given, error=error, typed=request.scope["state"].get("form"), post=_post(request), today=today,
        posts=[{"value": code, "label": _post(request)(code)} for code in posts],
        titles={"*": request.speaker.say("cases.all_procedures"), **{code: pick(versions[-1].title) for code, versions in catalogue.versions.items()}},
        procedures=[{"value": "*", "label": request.speaker.say("cases.all_procedures")}]
        + [{"value": procedure.code, "label": pick(procedure.title)} for procedure in catalogue.all_on(today)],
    )  # fmt: skip


@action("/desk/delegations", duty("decide"))
async def give(request: Visit) -> Response[Any]:
    try:
        wish = service.Wish(
            to_post=request.posted.get("post"), procedure=request.posted.get("procedure"), ref=request.posted.get("ref").strip(),
            since=_day(request, "since"), until=(_day(request, "last") or date.min) + timedelta(days=1),
        )  # fmt: skip
        async with request.node.write(request.who) as tx:
            await service.give(tx, request.who, wish)
    except Invalid as error:
        return await _delegations(request, error, error.status)
    return request.go("/desk/delegations")


def _day(request: Visit, name: str) -> date | None:
    try:
        return date.fromisoformat(tidy(Field(name=name, kind="date", label={}), request.posted.values))
    except ValueError:
        return None


@action("/desk/delegations/{delegation:uuid}/revoke", duty("decide"))
async def take_back(request: Visit, delegation: FromPath[UUID]) -> Response[Any]:
    async with request.node.write(request.who) as tx:
        await revoke(tx, request.who, delegation)
    return request.go("/desk/delegations")


routes = [queue, preview_paper, sign, delegations, give, take_back]
