"""Every error has one shape: RFC 9457 for machines, a page in the person's language for people."""

from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec
from litestar import MediaType, Response
from litestar.exceptions import HTTPException

from dinh.kernel import events, log
from dinh.kernel.errors import BadSignature, Refused, SignInNeeded, TooMany, Unavailable
from dinh.kernel.events import Event, Plain
from dinh.kernel.web.visit import Visit

_log = log.get("kernel")
_HTTP = {404: "kernel.not_found", 405: "kernel.wrong_method", 413: "kernel.too_large", 400: "kernel.invalid", 415: "kernel.form_kind"}


class FieldProblem(msgspec.Struct, frozen=True):
    field: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """`type` names the problem for programs; `detail` says it in the caller's language; `trace` finds it in the log."""

    type: str
    title: str
    status: int
    detail: str
    trace: str = ""
    errors: list[FieldProblem] = []


class AccessRefused(Event, frozen=True):
    """Someone asked for what is not theirs, or not there: which of the two is not told to them."""

    type: ClassVar[str] = "kernel:access:refused"
    path: Plain
    reason: Plain


async def record(error: Exception, scope: Any) -> None:
    """Runs before the answer: learn who asks, also on a path that has no guard, so that the page can greet them; and record a
    refusal that names a subject, in a transaction of its own, since the verb's was rolled back.
    """
    visit: Visit = Visit(scope)
    try:
        who = await visit.identify()
        if isinstance(error, Refused) and error.subject:
            async with visit.node.write(who) as tx:
                await events.append(tx, who, error.subject, AccessRefused(path=scope.get("path_template", ""), reason=error.key))
    except Unavailable:
        _log.warning("refusal_not_recorded", trace=visit.trace)


def answer(visit: Visit, error: Exception) -> Response[Any]:
    """The exception handler of every route."""
    refusal = _as_refusal(error)
    if refusal is None:
        _log.error("request_failed", path=visit.scope.get("path_template", ""), trace=visit.trace, exc_info=error)
        refusal = Refused("kernel.broken")
        refusal.status = 500  # type: ignore[misc]
    headers = dict(getattr(error, "headers", None) or {})
    if isinstance(refusal, TooMany):
        headers["retry-after"] = str(refusal.retry_after)
    if isinstance(refusal, Unavailable):
        headers["retry-after"] = "5"
    return _machine(visit, refusal, headers) if _wants_problem(visit) else _human(visit, refusal, headers)


def _wants_problem(visit: Visit) -> bool:
    return visit.scope["path"].startswith("/api/") or "application/json" in visit.headers.get("accept", "")


def _as_refusal(error: Exception) -> Refused | None:
    if isinstance(error, Refused):
        return error
    if isinstance(error, BadSignature):
        return Refused("kernel.bad_signature")
    if isinstance(error, HTTPException) and error.status_code < 500:  # noqa: PLR2004
        refusal = Refused(_HTTP.get(error.status_code, "kernel.invalid"))
        refusal.status = error.status_code  # type: ignore[misc]
        return refusal
    return None


def _machine(visit: Visit, refusal: Refused, headers: dict[str, str]) -> Response[Problem]:
    say = visit.speaker.say
    body = Problem(
        type=f"urn:dinh:problem:{refusal.key}",
        title=HTTPStatus(refusal.status).phrase,
        status=refusal.status,
        detail=say(refusal.key, **refusal.params),
        trace=visit.trace,
        errors=[FieldProblem(field, say(key)) for field, key in sorted(refusal.fields.items())],
    )
    return Response(body, status_code=refusal.status, media_type="application/problem+json", headers=headers)


def _human(visit: Visit, refusal: Refused, headers: dict[str, str]) -> Response[str]:
    if isinstance(refusal, SignInNeeded) and visit.method in {"GET", "HEAD"}:
        query = visit.scope["query_string"].decode("latin-1")
        target = visit.scope["path"] + (f"?{query}" if query else "")
        return Response("", status_code=303, media_type=MediaType.HTML, headers={"location": f"/session/start?next={quote(target, safe='')}"})
    response = visit.page("kernel/error.html", status=refusal.status, refusal=refusal)
    response.headers.update(headers)
    return response
