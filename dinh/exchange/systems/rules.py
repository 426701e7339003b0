"""What a system says and hears: which headers are its own, and errors as X-Road's clients read them."""

import html
from collections.abc import Mapping
from urllib.parse import unquote

import msgspec

from dinh.exchange.systems.contracts import Failure
from dinh.kernel.errors import Invalid, Refused, TooMany

# Set by a node, whatever a system says in them.
OURS = frozenset({
    "x-road-request-id", "x-road-request-hash", "x-road-error", "x-road-service", "dinh-key", "dinh-kind", "dinh-sent-at", "dinh-legal-basis", "dinh-person",
    "dinh-post", "dinh-on-behalf-of", "dinh-mandate", "dinh-purpose",
})  # fmt: skip
# Between nodes only: a person's references are nothing for a system.
HIDDEN = frozenset({"dinh-subjects", "dinh-refusal", "dinh-sent-at"})

# Of our refusals, X-Road's word for them; what is not here is `internal_error`.
CODES = {
    "exchange.no_right": "access_denied", "exchange.no_consent": "access_denied", "exchange.no_order": "access_denied", "exchange.no_subject": "bad_request", "exchange.many_subjects": "bad_request", "exchange.no_system": "access_denied", "exchange.revoked": "access_denied", "exchange.no_certificate": "missing_signature",
    "exchange.no_service": "unknown_service", "exchange.no_member": "unknown_member", "exchange.bad_path": "bad_request",
    "exchange.bad_identifier": "invalid_client_identifier", "exchange.bad_header": "bad_request", "exchange.unusable": "bad_request", "exchange.no_openapi": "bad_request",
    "exchange.unreachable": "network_error", "exchange.no_answer": "network_error", "exchange.quota": "quota_exceeded", "exchange.system_down": "service_failed.network_error", "exchange.system_slow": "service_failed.network_error", "exchange.stale": "global_conf_outdated",
    "exchange.no_configuration": "global_conf_outdated", "exchange.wrong_reply": "inconsistent_response", "exchange.bad_signature": "invalid_signature_value",
    "exchange.not_fresh": "bad_request", "exchange.replayed": "bad_request", "exchange.too_large": "bad_request",
    "kernel.database_down": "database_error", "kernel.unavailable": "database_error",
}  # fmt: skip
# Those that the system itself can mend.
CLIENTS = frozenset(
    {"exchange.bad_path", "exchange.bad_identifier", "exchange.bad_header", "exchange.too_large", "exchange.unusable", "exchange.no_openapi"}
)

# Our own interface: whose fault it is, where the class of the refusal does not say it to somebody who stands before a gateway.
STATUSES = {
    "exchange.bad_path": 400, "exchange.bad_identifier": 400, "exchange.bad_header": 400, "exchange.no_member": 404, "exchange.failed": 500,
    "exchange.system_down": 502, "exchange.wrong_reply": 502, "exchange.bad_signature": 502, "exchange.not_fresh": 502, "exchange.replayed": 502,
    "exchange.no_answer": 504, "exchange.system_slow": 504,
}  # fmt: skip


def type_of(key: str, *, provider: bool) -> str:
    """`provider`: the other node said so. In the spelling of X-Road 7.8 and later."""
    code = CODES.get(key, "internal_error")
    if key in CLIENTS and not provider:
        return f"client.{code}"
    return f"server.{'serverproxy' if provider else 'clientproxy'}.{code}"


def camel(kind: str) -> str:
    """The spelling of X-Road up to 7.7."""
    known = {"serverproxy": "ServerProxy", "clientproxy": "ClientProxy"}
    return ".".join(known.get(part) or "".join(word.capitalize() for word in part.split("_")) for part in kind.split("."))


def status_of(kind: str) -> int:
    """X-Road answers whatever lies with a node by 500, also a denied right."""
    return 500 if kind.lower().startswith("server.") else 400


def status(refusal: Refused) -> int:
    return STATUSES.get(refusal.key, refusal.status)


def waits(refusal: Refused) -> tuple[tuple[str, str], ...]:
    """When it is worth trying again, where that is known."""
    return (("retry-after", str(refusal.retry_after)),) if isinstance(refusal, TooMany) else ()


def issue_of(said: Mapping[str, str]) -> str | None:
    """The case that it is about, as both sides' evidence has it. Raises Invalid."""
    try:
        found = unquote(said["x-road-issue"], errors="strict") if "x-road-issue" in said else None
    except UnicodeDecodeError as error:
        raise Invalid("exchange.bad_header") from error
    if found and "\0" in found:
        raise Invalid("exchange.bad_header")
    return found


def wants_xml(accept: str) -> bool:
    kinds = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    return bool(kinds & {"text/xml", "application/xml", "text/*"})


def body_of(failure: Failure, accept: str) -> tuple[str, bytes]:
    """Media type and bytes."""
    if wants_xml(accept):
        inside = "".join(f"<{name}>{html.escape(value, quote=False)}</{name}>" for name, value in msgspec.structs.asdict(failure).items())
        return "text/xml;charset=utf-8", f'<?xml version="1.0" encoding="UTF-8"?><error>{inside}</error>'.encode()
    return "application/json;charset=utf-8", msgspec.json.encode(failure)
