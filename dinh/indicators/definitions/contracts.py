"""An indicator counts events."""

import msgspec

from dinh.kernel.content import Text


class Counted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event type, and fields of its payload that must have these values."""

    event: str
    where: dict[str, str] = {}


class Indicator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    title: Text
    count: list[Counted]


class IndicatorFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    indicators: list[Indicator]
