"""What app plugs in for the log: words, a way to complain, and which cases are the person's own."""

from collections.abc import Awaitable, Callable

import msgspec

from dinh.exchange.mydata.contracts import View
from dinh.kernel.caller import Caller
from dinh.kernel.transactions import ReadTx


class Views(dict[str, View]):
    """What rooms record as seen, by its name in the log."""


class ComplaintPath(msgspec.Struct, frozen=True):
    """`code` is the procedure by which one complains here, if there is one."""

    code: str | None = None

    def about(self, reference: str) -> str | None:
        return f"/services/{self.code}/start?about={reference}" if self.code else None


class OwnCases(msgspec.Struct, frozen=True):
    """`find` gives the pages of the caller's own cases and forms, by what an entry says of them."""

    find: Callable[[ReadTx, Caller], Awaitable[dict[str, str]]]


class NumberKeepers(set[str]):
    """Nodes that were seen to keep entries by numbers, as this process knows."""
