"""The REST message of X-Road's protocol r1 (PR-REST 1.0.4): the bytes that are hashed, signed and kept."""

import msgspec

Headers = tuple[tuple[str, str], ...]


class Request(msgspec.Struct, frozen=True):
    """`target` is the raw path with its query, as it came. Header values are the bytes of the wire, one character a byte (latin-1)."""

    verb: str
    target: str
    headers: Headers

    def header(self, name: str) -> str | None:
        return last(self.headers, name)


class Response(msgspec.Struct, frozen=True):
    status: int
    reason: str
    headers: Headers

    def header(self, name: str) -> str | None:
        return last(self.headers, name)


class Unreadable(ValueError):
    """These bytes are no message of the protocol."""


def last(headers: Headers, name: str) -> str | None:
    """Where a header was repeated, the last one counts (PR-REST 4.3)."""
    wanted = name.lower()
    return next((value for key, value in reversed(headers) if key.lower() == wanted), None)
