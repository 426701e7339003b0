"""The kinds of routes, each with its guard: a route without one cannot be written.

A guard is an async function of the visit that raises a refusal. A posted form is read and its origin checked before the
handler runs, so no handler can forget it.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import get as _get
from litestar import post as _post
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec

from dinh.kernel.caller import Caller
from dinh.kernel.errors import NotAllowed, NotFound, SignInNeeded
from dinh.kernel.sessions import Sessions
from dinh.kernel.web import bodies
from dinh.kernel.web.menu import Menu
from dinh.kernel.web.problems import Problem
from dinh.kernel.web.visit import Visit

Connection = ASGIConnection[Any, Any, Any, Any]
Check = Callable[[Caller], None]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]
Handler = Callable[..., Awaitable[Any]]
# The assurance of a session that two factors opened.
TWO_FACTORS = 2
# A form is read as it streams, so that an oversized file is told apart from the words beside it; a machine has no files to send.
FORM_LIMIT, MACHINE_LIMIT = 64 * 1024 * 1024, 1024 * 1024


def _guard(check: Check, name: str, *, entrusted: bool = False, part: str = "") -> Guard:
    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        visit: Visit = connection  # type: ignore[assignment]  # our request class
        check(who := await (visit.identify_entrusted() if entrusted else visit.identify()))
        if part and who.on_behalf_of:
            await visit.node.part(Sessions).acted(visit.node, who, part)

    guard.__name__ = name
    return guard


def _anyone(_: Caller) -> None:
    return


def _known(who: Caller) -> None:
    if who.person is None:
        raise SignInNeeded
    if who.lapsed:
        raise NotAllowed("kernel.mandate_ended")


def _signed_in(who: Caller) -> None:
    """Themselves: a mandate opens only what says that it may be."""
    _known(who)
    if who.on_behalf_of is not None:
        raise NotAllowed("kernel.themselves_only")


def _officer(who: Caller) -> None:
    _signed_in(who)
    if who.post is None:
        raise NotAllowed("kernel.officers_only")


public = _guard(_anyone, "public")
signed_in = _guard(_signed_in, "signed_in")
officer = _guard(_officer, "officer")


def duty(name: str) -> Guard:
    """The caller's post has this duty today, for some procedure at least; the verb asks for the very one."""

    def check(who: Caller) -> None:
        _officer(who)
        if not who.has(name):
            raise NotAllowed("kernel.duty_needed")

    return _guard(check, f"duty_{name}")


def entrusted(name: str) -> Guard:
    """The person is trusted with this duty at this node, whatever post they hold, and signed in with two factors."""

    def check(who: Caller) -> None:
        _signed_in(who)
        if not who.has(name):
            raise NotAllowed("kernel.not_entrusted")
        if who.assurance < TWO_FACTORS:
            raise NotAllowed("kernel.two_factors_needed")

    return _guard(check, f"entrusted_{name}", entrusted=True)


def represented(part: str) -> Guard:
    """The person themselves, or whoever acts for them under a mandate that covers this part; the latter is on record before the page is made."""

    def check(who: Caller) -> None:
        _known(who)
        if not who.covers(part):
            raise NotAllowed("kernel.outside_mandate")

    return _guard(check, f"represented_{part}", part=part)


def returning(part: str) -> Guard:
    """For what a signed-in person's form posts, also when the session ended meanwhile: the handler keeps what was typed and leads to
    signing in, and shows nobody anything. Whoever is signed in passes as with `represented`.
    """

    def check(who: Caller) -> None:
        if who.person is not None:
            _known(who)
            if not who.covers(part):
                raise NotAllowed("kernel.outside_mandate")

    return _guard(check, f"returning_{part}", part=part)


async def own_form(connection: Connection, _: BaseRouteHandler) -> None:
    visit: Visit = connection  # type: ignore[assignment]
    form = await bodies.read(visit.headers.get("content-type", ""), visit.stream())
    if not visit.comes_from_us(form.get("_csrf")):
        raise NotAllowed("kernel.form_expired")
    visit.scope["state"]["form"] = form


async def own_request(connection: Connection, _: BaseRouteHandler) -> None:
    """A machine with a session sends the token as a header."""
    visit: Visit = connection  # type: ignore[assignment]
    if not visit.comes_from_us(visit.headers.get("x-csrf-token", "")):
        raise NotAllowed("kernel.form_expired")


async def counted(connection: Connection, _: BaseRouteHandler) -> None:
    """What stands in the header beside its items, for a person who is signed in; officers' pages have no such numbers."""
    visit: Visit = connection  # type: ignore[assignment]
    if visit.who.person and not visit.who.post:
        items = [item for item in visit.node.part(Menu).items if item.count]
        visit.scope["state"]["counts"] = {item.path: await item.count(visit.node, visit.who) for item in items if item.count}


def page(path: str, guard: Guard) -> Callable[[Handler], HTTPRouteHandler]:
    """A page, by GET."""
    return _get(path, guards=[guard, counted], include_in_schema=False)


def action(path: str, guard: Guard) -> Callable[[Handler], HTTPRouteHandler]:
    """What a form on one of our pages posts to."""
    return _post(path, guards=[guard, own_form], include_in_schema=False, request_max_body_size=FORM_LIMIT, status_code=200)


def machine_page(path: str, guard: Guard) -> Callable[[Handler], HTTPRouteHandler]:
    """A standard protocol's own POST: it brings its own proof instead of our form's token."""
    return _post(path, guards=[guard], include_in_schema=False, request_max_body_size=MACHINE_LIMIT, status_code=200)


def _problems(*statuses: int) -> dict[int, ResponseSpec]:
    return {
        status: ResponseSpec(data_container=Problem, media_type="application/problem+json", generate_examples=False, description="Problem (RFC 9457)")
        for status in statuses
    }


def api_get(path: str, guard: Guard, media_type: str | None = None) -> Callable[[Handler], HTTPRouteHandler]:
    """`media_type` where the answer is no JSON."""
    return _get(path, guards=[guard], media_type=media_type, responses=_problems(400, 401, 403, 404, 422, 429, 500, 503))


def api_post(path: str, guard: Guard) -> Callable[[Handler], HTTPRouteHandler]:
    responses = _problems(400, 401, 403, 404, 409, 413, 422, 429, 500, 503)
    return _post(path, guards=[guard, own_request], responses=responses, request_max_body_size=MACHINE_LIMIT, status_code=201)


def not_here(reference: str) -> NotFound:
    """Unknown or someone else's: one answer for both, and a record of the attempt."""
    return NotFound(subject=reference[:80])
