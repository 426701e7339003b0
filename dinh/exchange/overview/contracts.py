"""The exchange of one node as its operator sees it. Nothing here names a person, a case or a path."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from dinh.exchange.members import State

# Newest calls of the last hour that are looked at one by one, signatures that are counted one by one, and lines of a list.
SAMPLE, MOST_WAITING, MOST = 10_000, 10_000, 20
# Calls are counted once for every ten seconds, when these have been over for half a minute: what commits late is in, and no more than the last minute is
# ever counted anew for a page. Newest calls that a page counts one by one; more wait only where the worker stands still.
SLICE, SETTLED, KEPT, MOST_FRESH = timedelta(seconds=10), timedelta(seconds=30), timedelta(hours=26), 100_000
Outcome = Literal["answered", "refused", "failed"]
# What this node does before the work goes to another, what that other does, and what this node does with the result.
Stage = Literal["before", "elsewhere", "after"]


class Count(msgspec.Struct, frozen=True):
    """Calls by one answer, kept by all processes of this node: in the last minute, in the last hour, and since `day` of the overview.

    `client` is told of refusals alone.
    """

    side: str
    outcome: str
    refusal: str
    client: str
    minute: int
    hour: int
    day: int


class Rate(msgspec.Struct, frozen=True):
    """Of one side, calls by outcome (a key of `Outcome`, or `all`)."""

    minute: dict[str, int]
    hour: dict[str, int]
    day: dict[str, int]


class Spread(msgspec.Struct, frozen=True):
    """Milliseconds: the middle, the slowest twentieth, the slowest hundredth."""

    p50: float
    p95: float
    p99: float


class Slow(msgspec.Struct, frozen=True):
    """A service among the newest calls of the last hour. `worst` is the stage that takes longest for the slowest twentieth, `by` who does its work
    (`system`, `room`, `node`, `peer`), and `peer` the other node where it is one.
    """

    side: str
    provider: str
    service: str
    calls: int
    whole: Spread
    stages: dict[str, Spread]
    worst: Stage = "before"
    by: str = "node"
    peer: str = ""


class Batches(msgspec.Struct, frozen=True):
    """Of the same calls: how many messages stood under one signature on average, and how many signatures there were."""

    calls: int
    signatures: int

    @property
    def mean(self) -> float:
        """A call has two messages."""
        return 2 * self.calls / self.signatures if self.signatures else 0.0


class Waiting(msgspec.Struct, frozen=True):
    """Signatures without a timestamp; not counted beyond `MOST_WAITING`."""

    count: int
    oldest: datetime | None


class Gap(msgspec.Struct, frozen=True):
    part: str
    opened_at: datetime
    closed_at: datetime | None


class Peer(msgspec.Struct, frozen=True):
    """Another node. `last` is its newest call of the last hour; `open`: this very process has a connection to it that it opened."""

    code: str
    operator: str
    calls: int
    last: datetime | None
    open: bool


class Near(msgspec.Struct, frozen=True):
    """A client that has used most of its day's limit."""

    client: str
    subsystem: str
    service: str
    purpose: str
    calls: int
    limit: int


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """At `at`; days begin at `day`, 24 whole hours before this one; the hour begins up to `SLICE` earlier. `sampled`: the last hour had more calls than
    `slow`, `batches` and `peers` look at. `late`: more than `MOST_FRESH` calls wait to be counted, and the older among them are in no rate.
    """

    at: datetime
    day: datetime
    rates: dict[str, Rate]
    late: bool
    errors: list[Count]
    denied: list[Count]
    slow: list[Slow]
    sampled: bool
    batches: Batches
    waiting: Waiting
    gaps: list[Gap]
    held: list[State]
    peers: list[Peer]
    near: list[Near]
