"""Home, a life event, search."""

from typing import Any

from litestar import Response
from litestar.params import FromPath

from dinh.kernel import clock
from dinh.kernel.errors import NotFound
from dinh.kernel.web.routes import page, public
from dinh.kernel.web.visit import Visit
from dinh.portal import rules
from dinh.portal.contracts import Card, Cards, Link, Waiting
from dinh.portal.service import life_events_of

LONGEST_QUERY = 200


@page("/", public)
async def home(request: Visit) -> Response[str]:
    return request.page("portal/home.html", waiting=await _waiting(request), **_shelves(request))


async def _waiting(request: Visit) -> list[Link]:
    """Their own: what waits for whom they act for stands on the pages that a mandate opens, where it is recorded."""
    who = request.who
    return await request.node.part(Waiting).links(request.node, who) if who.person and who.mandate is None else []


def _today(request: Visit) -> list[Card]:
    return request.node.part(Cards).on(request.node.country.local_date(clock.now()))


def _shelves(request: Visit) -> dict[str, Any]:
    known, cards = life_events_of(request.node.country), _today(request)
    return {"events": rules.arranged(known, cards), "others": rules.without_event(known, cards), "popular": rules.popular(known, cards)}


@page("/life/{code:str}", public)
async def life_event(request: Visit, code: FromPath[str]) -> Response[str]:
    """The services of an event, in the order people need them, each with what it needs. 404 for an event without a service."""
    known, cards = life_events_of(request.node.country), _today(request)
    found = next(((event, theirs) for event, theirs in rules.arranged(known, cards) if event.code == code), None)
    if found is None:
        raise NotFound
    return request.page("portal/life_event.html", event=found[0], cards=found[1])


@page("/search", public)
async def search(request: Visit) -> Response[str]:
    """Without a question: all services."""
    text = request.query_params.get("q", "")[:LONGEST_QUERY].strip()
    if not text:
        return request.page(
            "portal/search.html", text="", found=sorted(_today(request), key=lambda card: card.code), suggestion="", **_shelves(request)
        )
    found = request.node.part(Cards).search(text, request.node.country.local_date(clock.now()))
    return request.page("portal/search.html", text=text, found=found.cards, suggestion=found.suggestion, **_shelves(request))


routes = [home, life_event, search]
