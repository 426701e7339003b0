"""Read a raw request path, and match it with endpoints.

A proxy that checks one spelling and forwards another has no access control. So whatever two decoders could take for different paths is refused:
dot segments, empty segments, encoded separators, encoded per cent signs, needless encoding, bytes that are not UTF-8. What passes has one
reading, and the bytes that were matched are the bytes that go on.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from urllib.parse import unquote_to_bytes

from dinh.exchange.paths.contracts import Endpoint, Path
from dinh.kernel.errors import Invalid

LONGEST = 8000
ONE, MANY = "*", "**"
# RFC 3986 pchar without `;`, whose parameters some servers cut off before they look for the path.
RAW = re.compile(rb"(?:/(?:[A-Za-z0-9._~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})*)*")
# An unreserved character needs no encoding: whoever encodes one hides something, such as `%2e`.
NEEDLESS = re.compile(rb"%(?:2[dDeE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF]|7[eE])")
# Decoded, these make another path of it: separators, a query, a fragment, parameters, a second round of decoding.
SPLITTING = frozenset("/\\?#;%")


def read(raw: bytes) -> Path:
    """A path without its query; `b""` reads as `/`. Raises Invalid (`exchange.bad_path`) for any that has no single reading."""
    if len(raw) > LONGEST or not RAW.fullmatch(raw) or NEEDLESS.search(raw):
        raise Invalid("exchange.bad_path")
    if b"%" not in raw:
        # As almost all are: nothing to decode, and none of the signs that RAW lets through splits or hides.
        plain = tuple(raw.decode("ascii").split("/")[1:]) or ("",)
        if not all(part.strip(".") for part in plain[:-1]) or (plain[-1] and not plain[-1].strip(".")):
            raise Invalid("exchange.bad_path")
        return Path(raw, plain)
    try:
        segments = tuple(unquote_to_bytes(part).decode("utf-8") for part in raw.split(b"/")[1:] or [b""])
    except UnicodeDecodeError as error:
        raise Invalid("exchange.bad_path") from error
    if not all(map(_plain, segments[:-1])) or not (segments[-1] == "" or _plain(segments[-1])):
        raise Invalid("exchange.bad_path")
    return Path(raw, segments)


def _plain(segment: str) -> bool:
    """Not empty, nothing but dots and blanks, or with signs that split, hide or steer; also after the folding of look-alikes that some servers do."""
    folded = segment if segment.isascii() else unicodedata.normalize("NFKC", segment)
    return segment.isprintable() and bool(folded.strip(" .")) and not SPLITTING.intersection(segment + folded)


def covers(endpoints: Sequence[Endpoint], method: str, path: Path) -> bool:
    """Whether one of them covers the request. Methods are compared as they are: `get` is not GET."""
    return any(one.method in {ONE, method} and _matches(one.path.split("/")[1:], path.segments) for one in endpoints)


def _matches(pattern: Sequence[str], segments: Sequence[str]) -> bool:
    """By going back to the last `**` only: never more than pattern times segments steps."""
    at = here = 0
    back: tuple[int, int] | None = None
    while here < len(segments):
        wanted = pattern[at] if at < len(pattern) else None
        if wanted == MANY:
            back = at, here
        elif wanted is None or (segments[here] == "" if wanted == ONE else wanted != segments[here]):
            if back is None:
                return False
            at, here = back[0], back[1] + 1
            back = at, here
            if here >= len(segments):
                return False
        at, here = at + 1, here + 1
    return at == len(pattern)


def faults(path: str) -> Iterator[str]:
    """What is wrong with the path of an endpoint, in words for its author."""
    segments = path.split("/")[1:]
    if not path.startswith("/"):
        yield "a path that begins with /"
    elif not all(part in {ONE, MANY} or (_plain(part) and "*" not in part) for part in segments[:-1]):
        yield "segments in plain words, `*` or `**`"
    elif segments[-1] not in {"", ONE, MANY} and (not _plain(segments[-1]) or "*" in segments[-1]):
        yield "a last segment in plain words, `*` or `**`"
