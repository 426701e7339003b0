"""/mandates: for whom the person may act, who may act for them, and the switch between the two."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from dinh.identity.mandates import service
from dinh.identity.mandates.contracts import PARTS, Mandate, Power
from dinh.identity.mandates.plugs import Grantable
from dinh.identity.sessions import choose_mandate
from dinh.kernel import clock
from dinh.kernel.errors import Conflict, Invalid, Refused, TooMany
from dinh.kernel.forms import Field, tidy
from dinh.kernel.web.routes import action, page, public, signed_in
from dinh.kernel.web.visit import SESSION, Visit, cookie_name

CHILDREN_DONE = {"new": "identity.children_new", "none": "identity.children_none"}


@page("/mandates", signed_in)
async def mandates(request: Visit) -> Response[str]:
    return await _mandates(request, None, 200)


async def _mandates(request: Visit, error: Refused | None, status: int) -> Response[str]:
    today = _today(request)
    async with request.node.read(request.who) as tx:
        found = await service.mandates_of(tx, request.who)
    known = request.node.part(Grantable).on(today)
    return request.page(
        "identity/mandates.html", status=status, error=error, done=CHILDREN_DONE.get(request.query_params.get("children", "")),
        mine=[one for one in found if one.representative == request.who.person and one.holds(today)],
        given=[one for one in found if one.represented == request.who.person and one.holds(today)],
        over=[one for one in found if not one.holds(today)], me=request.who.person, scope=lambda one: _scope(request, one, known),
        rules=service.mandate_rules(request.node.country),
    )  # fmt: skip


def _scope(request: Visit, mandate: Mandate, known: dict[str, dict[str, str]]) -> list[str]:
    """In words, what a mandate opens."""
    say, pick = request.speaker.say, request.speaker.pick
    titles = [pick(known[code]) if code in known else code for code in mandate.procedures]
    return [
        say("identity.part_cases_some", titles=", ".join(titles)) if part == "cases" and titles else say(f"identity.part_{part}")
        for part in mandate.parts
    ]


def _today(request: Visit) -> date:
    return request.node.country.local_date(clock.now())


@action("/mandates/children", signed_in)
async def look_up_children(request: Visit) -> Response[Any]:
    new = await service.ask_for_children(request.node, request.who)
    return request.go(f"/mandates?children={'new' if new else 'none'}")


@page("/mandates/new", signed_in)
async def new_power(request: Visit) -> Response[str]:
    return _power_page(request, {"part.cases": "yes"}, None, 200)


@action("/mandates/new", signed_in)
async def give(request: Visit) -> Response[Any]:
    try:
        await service.give_power(request.node, request.who, _power(request))
    except (Invalid, TooMany) as error:
        return _power_page(request, request.posted.values, error, error.status)
    return request.go("/mandates")


def _power(request: Visit) -> Power:
    values = request.posted.values
    day = tidy(Field(name="last_day", kind="date", label={}), values)
    return Power(
        number="".join(values.get("number", "").split()), name=" ".join(values.get("name", "").split()),
        parts=[part for part in PARTS if values.get(f"part.{part}")],
        procedures=[name.removeprefix("procedure.") for name, value in values.items() if name.startswith("procedure.") and value],
        last_day=_day(day),
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _power_page(request: Visit, typed: dict[str, str], error: Refused | None, status: int) -> Response[str]:
    procedures = {code: request.speaker.pick(title) for code, title in request.node.part(Grantable).on(_today(request)).items()}
    day = tidy(Field(name="last_day", kind="date", label={}), typed)
    return request.page(
        "identity/mandate_new.html", status=status, typed=typed, last_day=day, errors=error.fields if error else {},
        error=error if error and not error.fields else None, parts=PARTS, procedures=procedures, rules=service.mandate_rules(request.node.country),
    )  # fmt: skip


@action("/mandates/{mandate:uuid}/end", signed_in)
async def end(request: Visit, mandate: FromPath[UUID]) -> Response[Any]:
    try:
        async with request.node.write(request.who) as tx:
            await service.end_mandate(tx, request.who, mandate)
    except Conflict as error:
        return await _mandates(request, error, error.status)
    return request.go("/mandates")


@action("/mandates/{mandate:uuid}/act", signed_in)
async def act(request: Visit, mandate: FromPath[UUID]) -> Response[Any]:
    """The session gets another secret: a page that was opened before cannot be sent for the wrong person."""
    name = cookie_name(request.node, SESSION)
    try:
        secret = await service.act_for(request.node, request.who, mandate, request.cookies.get(name, ""))
    except Conflict as error:
        return await _mandates(request, error, error.status)
    return request.go("/applications", [request.cookie(name, secret, seconds=None)])


@action("/mandates/self", public)
async def act_for_oneself(request: Visit) -> Response[Any]:
    """Open to whoever has a session, also when its mandate has ended."""
    name = cookie_name(request.node, SESSION)
    async with request.node.write(request.who) as tx:
        secret = await choose_mandate(tx, request.cookies.get(name, ""), None)
    return request.go("/mandates", [request.cookie(name, secret, seconds=None)])


routes = [mandates, look_up_children, new_power, give, end, act, act_for_oneself]
