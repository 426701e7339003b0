"""Headers of a message from and to what they mean, and what makes a message acceptable."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote
from uuid import UUID

import msgspec

from dinh.exchange.gateway.contracts import Envelope, Kind, Question
from dinh.exchange.members import Names
from dinh.exchange.messages import Request, Response, Unreadable, request_hash
from dinh.kernel.errors import NotAllowed

# A question is fresh for this long; a clock that is further off must be mended. Told messages may wait.
FRESH = timedelta(minutes=5)
KEPT = timedelta(days=30)
JSON = "application/json"
# What a person's data is asked with, beside X-Road's own headers.
_OPTIONAL = {"Dinh-Person": "person", "Dinh-Post": "post", "Dinh-On-Behalf-Of": "on_behalf_of", "Dinh-Mandate": "mandate"}
_KINDS: dict[str, Kind] = {"ask": "ask", "tell": "tell"}


def write(envelope: Envelope, names: Names) -> Request:
    """The request of a question of the platform's own: one POST to its service."""
    headers = [
        ("X-Road-Client", names.client(envelope.client)), ("X-Road-Id", envelope.message_id), ("Content-Type", JSON), ("Dinh-Kind", envelope.kind),
        ("Dinh-Purpose", _plain(envelope.purpose)), ("Dinh-Legal-Basis", _plain(envelope.legal_basis)), ("Dinh-Sent-At", stamp(envelope.sent_at)),
        ("Dinh-Assurance", str(envelope.assurance)),
        *((name, _plain(value)) for name, field in _OPTIONAL.items() if (value := getattr(envelope, field)) is not None),
    ]  # fmt: skip
    if envelope.case is not None:
        headers.append(("X-Road-Issue", _plain(envelope.case)))
    headers.append(("x-road-request-id", str(envelope.id)))
    return Request("POST", names.target(envelope.provider, envelope.service), tuple(headers))


def read(request: Request, names: Names) -> Envelope:
    """Raises Unreadable, also for another instance's members."""
    try:
        provider, service = names.read_target(request.target)
        return Envelope(
            id=UUID(_needed(request, "x-road-request-id")), message_id=_needed(request, "X-Road-Id"), kind=_KINDS[request.header("Dinh-Kind") or "ask"],
            client=names.read_client(_needed(request, "X-Road-Client")), provider=provider, service=service, purpose=_needed(request, "Dinh-Purpose"),
            sent_at=_moment(_needed(request, "Dinh-Sent-At")), legal_basis=_value(request, "Dinh-Legal-Basis") or "", case=_value(request, "X-Road-Issue"),
            assurance=int(request.header("Dinh-Assurance") or 0), **{field: _value(request, name) for name, field in _OPTIONAL.items()},
        )  # fmt: skip
    except (KeyError, ValueError) as error:
        raise Unreadable("headers") from error


def response(request: Request, status: int, hash_of_request: str, **more: str) -> Response:
    """`more` are headers of ours, an underscore for each hyphen."""
    headers = [
        ("Content-Type", JSON), *((name.replace("_", "-"), _plain(value)) for name, value in more.items()), ("x-road-id", _needed(request, "X-Road-Id")),
        ("x-road-client", _needed(request, "X-Road-Client")), ("x-road-service", service_of(request)),
        ("x-road-request-id", _needed(request, "x-road-request-id")), ("x-road-request-hash", hash_of_request),
    ]  # fmt: skip
    return Response(status, REASONS.get(status, ""), tuple(headers))


REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 413: "Content Too Large",
           422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable", 507: "Insufficient Storage"}  # fmt: skip


def service_of(request: Request) -> str:
    """X-Road-Service: the service's identifier as the request line names it."""
    return "/".join(request.target.partition("?")[0].split("/")[2:7])


def check_answer(question: bytes, body: bytes | None, request: Request, answer: Response) -> None:
    """An answer belongs to its question and to nobody else's (PR-REST 4.6). Raises NotAllowed."""
    expected = {
        "x-road-id": request.header("X-Road-Id"), "x-road-client": request.header("X-Road-Client"), "x-road-service": service_of(request),
        "x-road-request-id": request.header("x-road-request-id"), "x-road-request-hash": request_hash(question, body),
    }  # fmt: skip
    if any(answer.header(name) != value for name, value in expected.items()):
        raise NotAllowed("exchange.wrong_reply")


def check_fresh(envelope: Envelope, now: datetime) -> None:
    limit = KEPT if envelope.kind == "tell" else FRESH
    if envelope.sent_at > now + FRESH or envelope.sent_at < now - limit:
        raise NotAllowed("exchange.not_fresh")


def question_of(envelope: Envelope, body: bytes | None) -> Question:
    """Raises msgspec.DecodeError for a body that is no object."""
    return Question(
        service=envelope.service, client=envelope.client, provider=envelope.provider, purpose=envelope.purpose, case=envelope.case,
        body=msgspec.json.decode(body or b"{}", type=dict[str, object]),
    )  # fmt: skip


_ASCII = re.compile(r"[\x21-\x24\x26-\x7e]*")


def _plain(text: str) -> str:
    """As a header can carry it: visible ASCII as it is, all else percent-encoded."""
    return text if _ASCII.fullmatch(text) else quote(text, safe="!#$&'()*+,/:;=?@[]")


def _value(request: Request, name: str) -> str | None:
    found = request.header(name)
    return None if found is None else unquote(found, errors="strict")


def value_of(answer: Response, name: str) -> str:
    return unquote(answer.header(name) or "", errors="strict")


def _needed(request: Request, name: str) -> str:
    found = request.header(name)
    if not found:
        raise Unreadable(name)
    return found


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise Unreadable("a time without its zone")
    return found


def moment_of(answer: Response) -> datetime:
    return _moment(answer.header("Dinh-Sent-At") or "")
