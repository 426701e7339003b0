"""Hours as they are counted, and as they are published."""

from datetime import date, datetime
from typing import Literal

import msgspec

By = Literal["hour", "day"]
# A line of an hour with fewer calls is not told by itself.
SMALLEST = 3
# A call's milliseconds from its question's arrival to its answer's leaving: below each of these, and the rest.
CLASSES = (10, 50, 100, 500, 1000, 5000)
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

    at: datetime
    client: str
    provider: str
    service: str
    outcome: str
    calls: int
    bytes_in: int
    bytes_out: int
    durations: list[int]


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
