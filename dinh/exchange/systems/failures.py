"""How a node says to a system that it failed: in X-Road's words, or as a problem of our own interface (RFC 9457)."""

from collections.abc import Sequence
from http import HTTPStatus

import msgspec

from dinh.exchange.messages import Response
from dinh.exchange.systems import rules
from dinh.exchange.systems.contracts import Failure
from dinh.kernel.errors import Refused, Unavailable
from dinh.kernel.texts import Texts
from dinh.kernel.web.problems import Problem

Answer = tuple[Response, bytes]
AGAIN = ("retry-after", "5")


def said(texts: Texts, refusal: Refused, fallback: str) -> str:
    """Another node may refuse with words that this one does not know."""
    try:
        return texts.word("en", refusal.key, **refusal.params)
    except (KeyError, IndexError):
        return fallback


def x_road(texts: Texts, refusal: Refused, detail: str, accept: str, kind: str, *, camel: bool) -> Answer:
    """`kind` is X-Road's type of the error, `detail` what the log knows it by."""
    named = rules.camel(kind) if camel else kind
    media, body = rules.body_of(Failure(named, said(texts, refusal, kind), detail), accept)
    return Response(rules.status_of(kind), "", (("content-type", media), ("x-road-error", named), *rules.waits(refusal))), body


def problem(texts: Texts, refusal: Refused, trace: str, limits: Sequence[tuple[str, str]]) -> Answer:
    """`limits` are what the provider said of the daily limit."""
    status = rules.status(refusal)
    title = HTTPStatus(status).phrase
    found = Problem(type=f"urn:dinh:problem:{refusal.key}", title=title, status=status, detail=said(texts, refusal, title), trace=trace)
    again = (AGAIN,) if isinstance(refusal, Unavailable) and status == HTTPStatus.SERVICE_UNAVAILABLE else rules.waits(refusal)
    return Response(status, title, (("content-type", "application/problem+json"), *again, *limits)), msgspec.json.encode(found)
