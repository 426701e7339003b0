"""Hours as they are counted, and as they are published."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

By = Literal["hour", "day"]
# A line of an hour with fewer calls is not told by itself.
SMALLEST = 3
# A call's milliseconds from its question's arrival to its answer's leaving: below each of these, and the rest.
CLASSES = (10, 50, 100, 500, 1000, 5000)
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9'()+,\-.=?_]{0,255}\Z")]
Number = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
FIGURES = "statistics"
"""The kind of letter, and what its answer is attested for."""
COLUMNS = ("at", "client", "provider", "service", "outcome", "calls", "bytes_in", "bytes_out", *(f"under_{limit}_ms" for limit in CLASSES), "longer")


class Hourly(msgspec.Struct, frozen=True):
    """Calls of whole counted hours, for the operator. `client` only where it was refused."""

    side: str
    outcome: str
    refusal: str
    client: str
    calls: int


class Line(msgspec.Struct, frozen=True):
    """Published. `at` is where the hour or the day begins. All names are empty in the line that gathers small ones. Bytes are of messages and bodies.

    `durations` are calls that took less than 10, 50, 100, 500, 1,000 and 5,000 milliseconds and longer, each call in one of them.
    """

    at: Annotated[datetime, msgspec.Meta(tz=True)]
    client: Name
    provider: Name
    service: Name
    outcome: Literal["", "answered", "refused", "failed"]
    calls: Number
    bytes_in: Number
    bytes_out: Number
    durations: Annotated[list[Number], msgspec.Meta(min_length=len(CLASSES) + 1, max_length=len(CLASSES) + 1)]


class Wanted(msgspec.Struct, frozen=True):
    """What the registry's node asks others for: published hours from `after` to before `before`."""

    after: Annotated[datetime, msgspec.Meta(tz=True)]
    before: Annotated[datetime, msgspec.Meta(tz=True)]


class Figures(msgspec.Struct, frozen=True):
    """A node's published hours from `after` to before `until`: what everyone can read of it, and nothing else. `more`: ask again from `until` on."""

    node: str
    after: Annotated[datetime, msgspec.Meta(tz=True)]
    until: Annotated[datetime, msgspec.Meta(tz=True)]
    more: bool
    lines: list[Line]


class Asked(msgspec.Struct, frozen=True):
    """Days on the country's calendar, the last one included. `page` counts from 0."""

    by: By
    first: date
    last: date
    page: int = 0


class Statistics(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of services that agencies of `node` provide. Whole hours before `until` are told; `delay` in seconds. `next` is the address of the following page."""

    node: str
    by: By
    until: datetime
    delay: int
    smallest: int
    lines: list[Line]
    next: str | None = None


class Day(msgspec.Struct, frozen=True):
    """Sums of what is published of a day."""

    day: date
    calls: int
    answered: int
    quick: int
    bytes: int


class Offered(msgspec.Struct, frozen=True):
    """A service on one day: by how many clients it was called. Empty names: small lines together."""

    provider: str
    service: str
    clients: int
    calls: int
    answered: int
