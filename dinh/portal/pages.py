"""Home and search."""

from collections.abc import Callable
from datetime import date

import msgspec
from litestar import Response

from dinh.kernel import clock
from dinh.kernel.content import Text
from dinh.kernel.web.routes import page, public
from dinh.kernel.web.visit import Visit


class Card(msgspec.Struct, frozen=True):
    """One thing a person can do. `event` is the life event it belongs to."""

    path: str
    title: Text
    summary: Text
    event: Text


class Cards(msgspec.Struct, frozen=True):
    """Plugged in by app: all cards of a day, and those that a search finds, best first."""

    on: Callable[[date], list[Card]]
    search: Callable[[str, date], list[Card]]


@page("/", public)
async def home(request: Visit) -> Response[str]:
    cards = request.node.part(Cards).on(request.node.country.local_date(clock.now()))
    events: dict[str, list[Card]] = {}
    for card in cards:
        events.setdefault(request.speaker.pick(card.event), []).append(card)
    return request.page("portal/home.html", events=events)


@page("/search", public)
async def search(request: Visit) -> Response[str]:
    text = request.query_params.get("q", "")[:200]
    found = request.node.part(Cards).search(text, request.node.country.local_date(clock.now()))
    return request.page("portal/search.html", text=text, found=found)


routes = [home, search]
