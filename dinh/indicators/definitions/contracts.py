"""An indicator counts events."""

from typing import Annotated

import msgspec

from dinh.kernel.content import Text


class Counted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event type, and fields of its payload that must have these values."""

    event: str
    where: dict[str, str] = {}


class Indicator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`about` says in words how it is counted."""

    code: str
    title: Text
    about: Text
    count: list[Counted]


class IndicatorFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    indicators: list[Indicator]


class Publication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`figures.yaml`: the smallest count that is published."""

    smallest: Annotated[int, msgspec.Meta(ge=3)]
    ref: str
