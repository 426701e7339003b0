"""Whom a request to a provider's own system is about, read from the very bytes that are signed and forwarded.

The provider's system reads the same bytes with a reader of its own, so whatever two readers could understand differently is refused.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

from dinh.exchange.members import Subject
from dinh.exchange.messages import Request
from dinh.exchange.paths import Path
from dinh.kernel.errors import Invalid

# Of one request: as many as an answer may tell about.
MOST = 1_000
_SPACING = str.maketrans("", "", " .-")
_JSON = re.compile(r"application/([a-z0-9.+-]+\+)?json\s*(;\s*charset=\"?utf-8\"?\s*)?", re.IGNORECASE)
# Where servers read a parameter's name as that of a list or an object.
_INSIDE = re.compile(r"[\[.]")


def numbers(declared: Sequence[Subject], request: Request, path: Path, body: bytes | None, pattern: re.Pattern[str]) -> list[str]:
    """Each person once. Every place that is declared must name somebody. Raises Invalid: `exchange.no_subject`, `exchange.many_subjects`."""
    document = _document(request, body) if any(one.place == "body" for one in declared) else None
    found = []
    for one in declared:
        here = [_number(value, pattern) for value in _values(one, request, path, document)]
        if not here:
            raise Invalid("exchange.no_subject")
        found += here
    if len(found) > MOST:
        raise Invalid("exchange.many_subjects", most=MOST)
    return list(dict.fromkeys(found))


def _values(one: Subject, request: Request, path: Path, document: object) -> Iterator[object]:
    if one.place == "body":
        return _pointed(document, one.at)
    return _parameters(request.target, one.at) if one.place == "query" else _segment(path, one.at)


def _number(value: object, pattern: re.Pattern[str]) -> str:
    plain = value.translate(_SPACING) if isinstance(value, str) else ""
    if not pattern.fullmatch(plain):
        raise Invalid("exchange.no_subject")
    return plain


def _document(request: Request, body: bytes | None) -> object:
    """JSON in UTF-8 whose names have one reading each, also for who takes `Number` for `number`."""
    kinds = [value.strip() for name, value in request.headers if name.lower() == "content-type"]
    codings = [value.strip().lower() for name, value in request.headers if name.lower() == "content-encoding"]
    if len(kinds) != 1 or not _JSON.fullmatch(kinds[0]) or set(codings) - {"identity"}:
        raise Invalid("exchange.no_subject")
    try:
        return json.loads((body or b"").decode("utf-8"), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise Invalid("exchange.no_subject") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name.casefold() for name, _ in pairs}) != len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def _pointed(document: object, pointer: str) -> Iterator[object]:
    """RFC 6901; where a name meets a list, it is looked for in each of its elements."""
    found: Iterable[object] = [document]
    for token in pointer.split("/")[1:]:
        found = list(_step(found, token.replace("~1", "/").replace("~0", "~")))
    for value in found:
        yield from value if isinstance(value, list) else [value]


def _step(values: Iterable[object], token: str) -> Iterator[object]:
    for value in values:
        if isinstance(value, dict):
            if token not in value:
                raise Invalid("exchange.no_subject")
            yield value[token]
        elif isinstance(value, list):
            if not value:
                raise Invalid("exchange.no_subject")
            yield from _step(value, token)
        else:
            raise Invalid("exchange.no_subject")


def _parameters(target: str, name: str) -> Iterator[str]:
    """Every value that a server could take for this parameter."""
    query = target.partition("?")[2]
    if ";" in query:
        raise Invalid("exchange.no_subject")
    pairs = [tuple(map(_decoded, part.partition("=")[::2])) for part in query.split("&") if part]
    if not any(key == name for key, _ in pairs):
        raise Invalid("exchange.no_subject")
    for key, value in pairs:
        if _INSIDE.split(key, maxsplit=1)[0].strip().casefold() == name.casefold():
            yield value


def _decoded(text: str) -> str:
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode("utf-8")
    except ValueError as error:
        raise Invalid("exchange.no_subject") from error


def _segment(path: Path, at: str) -> Iterator[str]:
    """The first one has the number 1."""
    here = int(at)
    if not 1 <= here <= len(path.segments):
        raise Invalid("exchange.no_subject")
    yield path.segments[here - 1]
