"""Headers of a message from and to what they mean, and what makes a message acceptable."""

import contextlib
import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote
from uuid import UUID

import msgspec

from dinh.exchange import paths
from dinh.exchange.gateway.contracts import ROOT, Envelope, Kind, Question
from dinh.exchange.members import Member, Names, read_client
from dinh.exchange.messages import Request, Response, Unreadable, request_hash
from dinh.exchange.paths import Path
from dinh.kernel.errors import Invalid, NotAllowed
from dinh.trust import is_step

# A question is fresh for this long; a clock that is further off must be mended. Told messages may wait.
FRESH = timedelta(minutes=5)
KEPT = timedelta(days=30)
JSON = "application/json"
IS_JSON = ("Content-Type", JSON)
# What a person's data is asked with, beside X-Road's own headers.
_OPTIONAL = {"Dinh-Person": "person", "Dinh-Post": "post", "Dinh-On-Behalf-Of": "on_behalf_of", "Dinh-Mandate": "mandate", "Dinh-Order": "order"}
_OPTIONAL_LOW = [(name.lower(), field) for name, field in _OPTIONAL.items()]
_KINDS: dict[str, Kind] = {"ask": "ask", "tell": "tell"}


def write(envelope: Envelope, names: Names) -> Request:
    """The request of a question of the platform's own: one POST to its service."""
    headers = [
        ("X-Road-Client", names.client(envelope.client)), ("X-Road-Id", envelope.message_id), ("Content-Type", JSON), ("Dinh-Kind", envelope.kind),
        ("Dinh-Purpose", plain(envelope.purpose)), ("Dinh-Legal-Basis", plain(envelope.legal_basis)), ("Dinh-Sent-At", stamp(envelope.sent_at)),
        ("Dinh-Assurance", str(envelope.assurance)),
        *((name, plain(value)) for name, field in _OPTIONAL.items() if (value := getattr(envelope, field)) is not None),
    ]  # fmt: skip
    if envelope.case is not None:
        headers.append(("X-Road-Issue", plain(envelope.case)))
    headers.append(("x-road-request-id", str(envelope.id)))
    return Request("POST", names.target(envelope.provider, envelope.service), tuple(headers))


def read(request: Request, names: Names, members: Mapping[str, Member]) -> Envelope:
    """Raises Unreadable, also for members of another instance and for those that do not exist."""
    try:
        said = request.named
        path = paths.read(request.target.partition("?")[0].encode())
        start, instance, member_class, provider, subsystem, service = path.segments[:6]
        client = read_client(said["x-road-client"]).parts
        named = ((instance, member_class, provider), client[:3])
        if start != "r1" or not all(where == names.instance and members[code].member_class == kind for where, kind, code in named):
            raise Unreadable("members")
        return Envelope(
            id=UUID(said["x-road-request-id"]), message_id=said["x-road-id"], kind=_KINDS[said.get("dinh-kind", "ask")],
            client=client[2], client_subsystem=other(client[3:], names), provider=provider, provider_subsystem=other((subsystem,), names),
            service=service, method=request.verb, path=below(path), purpose=said["dinh-purpose"], sent_at=_moment(said["dinh-sent-at"]),
            legal_basis=_text(said.get("dinh-legal-basis", "")), case=_value(said, "x-road-issue"), assurance=int(said.get("dinh-assurance", "0")),
            **{field: _value(said, name) for name, field in _OPTIONAL_LOW},
        )  # fmt: skip
    except (KeyError, ValueError, Invalid) as error:
        raise Unreadable("headers") from error


def key_of(envelope: Envelope) -> UUID:
    """By which a told message is known here: by its sender and receiver too, so what was said to one service is never taken for another's.

    Between the platform's own subsystems it is the id that its node made, as in releases before; `store.take_in` looks whose it is.
    """
    own = envelope.client_subsystem is None and envelope.provider_subsystem is None
    with contextlib.suppress(ValueError):
        if own:
            return UUID(envelope.message_id[-36:])
    sender = f"{envelope.client}/{envelope.client_subsystem or ''}"
    named = f"{sender}/{envelope.provider}/{envelope.provider_subsystem or ''}/{envelope.service}/{envelope.message_id}"
    return UUID(bytes=hashlib.sha256(named.encode()).digest()[:16])


def below(path: Path) -> Path:
    """What stands below the service, in the very bytes."""
    rest = path.raw.split(b"/", 7)[7:]
    return paths.read(b"/" + rest[0]) if rest else ROOT


def other(subsystem: tuple[str, ...], names: Names) -> str | None:
    """None for the platform's own, and for a member that names none."""
    return subsystem[0] if subsystem and subsystem[0] != names.subsystem else None


def response(request: Request, status: int, reason: str, headers: Iterable[tuple[str, str]], hash_of_request: str) -> Response:
    """With what ties it to its request, written last."""
    return Response(status, reason or REASONS.get(status, ""), (*headers, *_ties(request, hash_of_request).items()))


def _ties(request: Request, hash_of_request: str) -> dict[str, str]:
    said = request.named
    return {
        "x-road-id": said["x-road-id"], "x-road-client": said["x-road-client"], "x-road-service": service_of(request),
        "x-road-request-id": said["x-road-request-id"], "x-road-request-hash": hash_of_request,
    }  # fmt: skip


REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 413: "Content Too Large",
           422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable", 507: "Insufficient Storage"}  # fmt: skip


def service_of(request: Request) -> str:
    """X-Road-Service: the service's identifier as the request line names it."""
    return "/".join(request.target.partition("?")[0].split("/")[2:7])


def check_answer(question: bytes, body: bytes | None, request: Request, answer: Response) -> None:
    """An answer belongs to its question and to nobody else's (PR-REST 4.6). Raises NotAllowed."""
    said = answer.named
    if any(said.get(name) != value for name, value in _ties(request, request_hash(question, body)).items()):
        raise NotAllowed("exchange.wrong_reply")


def check_body(body: bytes | None) -> None:
    """One that cannot be signed would take all that waits with it along. Raises Invalid."""
    if body is not None and is_step(body):
        raise Invalid("exchange.unusable")


def check_fresh(envelope: Envelope, now: datetime) -> None:
    limit = KEPT if envelope.kind == "tell" else FRESH
    if envelope.sent_at > now + FRESH or envelope.sent_at < now - limit:
        raise NotAllowed("exchange.not_fresh")


def question_of(envelope: Envelope, body: bytes | None) -> Question:
    """Raises msgspec.DecodeError for a body that is no object."""
    return Question(
        service=envelope.service, client=envelope.client, provider=envelope.provider, purpose=envelope.purpose, case=envelope.case, order=envelope.order,
        body=msgspec.json.decode(body or b"{}", type=dict[str, object]),
    )  # fmt: skip


_ASCII = re.compile(r"[\x21-\x24\x26-\x7e]*")


def plain(text: str) -> str:
    """As a header can carry it: visible ASCII as it is, all else percent-encoded."""
    return text if _ASCII.fullmatch(text) else quote(text, safe="!#$&'()*+,/:;=?@[]")


def _text(value: str) -> str:
    """Raises ValueError, also for a zero byte: no database keeps it, and all that is kept in the same round would be lost with it."""
    if "%" not in value:
        return value
    found = unquote(value, errors="strict")
    if "\0" in found:
        raise ValueError(value)
    return found


def _value(said: Mapping[str, str], name: str) -> str | None:
    found = said.get(name)
    return None if found is None else _text(found)


def value_of(answer: Response, name: str) -> str:
    return _text(answer.named.get(name, ""))


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise Unreadable("a time without its zone")
    return found


def moment_of(answer: Response) -> datetime:
    return _moment(answer.named.get("dinh-sent-at", ""))
