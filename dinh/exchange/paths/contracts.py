"""A path that was read, and the endpoint that a right names."""

from typing import Annotated, Literal

import msgspec

Method = Literal["*", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"]


class Path(msgspec.Struct, frozen=True):
    """`raw` are the very bytes that were given, to be forwarded; `segments` is how everyone reads them. `/a/` ends with an empty segment."""

    raw: bytes
    segments: tuple[str, ...]


class Endpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`path` begins with `/` and is written decoded; `*` is one segment that is not empty, `**` one segment or more."""

    method: Method
    path: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
