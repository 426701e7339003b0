"""A table of messages that wait, in the words of its SQL; and what its owner sees of it."""

from datetime import datetime

import msgspec


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """Names and conditions are constants of a store. A row stands there as `m`, and has `next_try_at`, `attempts`, `refusal`, `service`, `receiver`, `key`.

    `identity` is its primary key, `since` orders it, `columns` are what whoever works on it needs. `waits`: another try is worth it. `behind`: one that was
    told earlier must go first. `lane`: who waits when one of these is slow.
    """

    table: str
    identity: str
    since: str
    columns: str
    waits: str
    behind: str
    lane: str


class Waiting(msgspec.Struct, frozen=True):
    """Messages to one receiver's service that wait for the same reason. `handover`: they are here, and a system of this node's member does not take them."""

    service: str
    receiver: str
    refusal: str | None
    count: int
    oldest: datetime
    attempts: int
    next_try: datetime
    handover: bool = False
