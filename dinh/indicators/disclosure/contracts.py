"""A table of counts with its totals, and each cell as the public sees it."""

from typing import Literal

import msgspec

# The row or column of totals.
TOTAL = ""
Cell = tuple[str, str]
# `small`: a number of a few; `held`: a larger one that would give a small one away; `none`: the whole table is held back.
Why = Literal["small", "held", "none"]


class Shown(msgspec.Struct, frozen=True):
    """`value` is None where it is not published, and `hidden` says why."""

    value: int | None
    hidden: Why | None = None
