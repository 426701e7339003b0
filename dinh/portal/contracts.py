"""What the portal shows: things to do, the events of a life they belong to, and what waits for the person."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from dinh.kernel.caller import Caller
from dinh.kernel.content import Text
from dinh.kernel.node import Node


class Card(msgspec.Struct, frozen=True):
    """One thing a person can do. `event` names the life event it says it belongs to; the rest answers who, how long, how much, what
    to bring.
    """

    code: str
    path: str
    title: Text
    summary: Text
    event: Text
    handled_by: Text
    takes: Text
    costs: Text | None = None
    bring: list[Text] = []


class Found(msgspec.Struct, frozen=True):
    """The best first. `suggestion` is what was probably meant, or empty."""

    cards: list[Card]
    suggestion: str = ""


class Cards(msgspec.Struct, frozen=True):
    """Plugged in by app: all cards of a day, and those that a search finds."""

    on: Callable[[date], list[Card]]
    search: Callable[[str, date], Found]


class Link(msgspec.Struct, frozen=True):
    """Something the person began: a `draft` they left, or what an agency has `asked` them for."""

    path: str
    title: Text
    kind: Literal["draft", "asked"]
    since: datetime


class Waiting(msgspec.Struct, frozen=True):
    """Plugged in by app: what waits for the caller on this node. It opens its own transactions."""

    links: Callable[[Node, Caller], Awaitable[list[Link]]]


class LifeEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`services` are codes in the order people need them; cards whose `event` is this title follow."""

    code: Annotated[str, msgspec.Meta(pattern="^[a-z]+(-[a-z]+)*$")]
    title: Text
    line: Text
    services: list[str] = []


class LifeEvents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`life_events.yaml`. `popular` are codes for those whose search found nothing."""

    events: list[LifeEvent]
    popular: list[str] = []
