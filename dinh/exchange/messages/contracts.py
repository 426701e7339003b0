"""The REST message of X-Road's protocol r1 (PR-REST 1.0.4): the bytes that are hashed, signed and kept."""

from functools import cached_property

import msgspec

Headers = tuple[tuple[str, str], ...]


class Request(msgspec.Struct, frozen=True, dict=True):
    """`target` is the raw path with its query, as it came. Header values are the bytes of the wire, one character a byte (latin-1)."""

    verb: str
    target: str
    headers: Headers

    @cached_property
    def named(self) -> dict[str, str]:
        """Headers by their names in lower case. Where one was repeated, the last counts (PR-REST 4.3)."""
        return by_name(self.headers)


class Response(msgspec.Struct, frozen=True, dict=True):
    status: int
    reason: str
    headers: Headers

    @cached_property
    def named(self) -> dict[str, str]:
        return by_name(self.headers)


class Unreadable(ValueError):
    """These bytes are no message of the protocol."""


def by_name(headers: Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}
