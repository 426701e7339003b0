"""What app plugs in: which procedures a mandate can name."""

from collections.abc import Callable
from datetime import date

import msgspec

from dinh.kernel.content import Text


class Grantable(msgspec.Struct, frozen=True):
    """`on` gives the procedures of a day by code. The room of cases stands above this one."""

    on: Callable[[date], dict[str, Text]]
