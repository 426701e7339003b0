"""One thing that was looked at."""

from typing import Literal

import msgspec

Level = Literal["ok", "warning", "bad"]


class Finding(msgspec.Struct, frozen=True):
    """`words` say what was found; `todo` what to do about it, empty when all is well."""

    area: str
    level: Level
    words: str
    todo: str = ""
