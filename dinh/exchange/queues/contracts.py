"""A table of messages that wait, in the words of its SQL."""

import msgspec


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """Names and conditions are constants of a store. A row stands there as `m`.

    `waits`: another try is worth it. `behind`: one that was told earlier must go first. `lane`: who waits when one of these is slow.
    """

    table: str
    key: str
    since: str
    lane: str
    waits: str
    behind: str
