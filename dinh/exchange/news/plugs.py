"""What app plugs in: only who has an account is told anything."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from dinh.kernel.transactions import ReadTx


class Accounts(msgspec.Struct, frozen=True):
    """`holders` gives the persons among these references and numbers that have an account here."""

    holders: Callable[[ReadTx, Sequence[str], Sequence[str]], Awaitable[set[str]]]
