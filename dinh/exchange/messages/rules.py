"""Write and read the bytes of a message, and the hashes that bind an answer to its question. Exact: a byte more and another's verifier says no."""

import base64
import hashlib
import re
from collections.abc import Iterable

from dinh.exchange.messages.contracts import Headers, Request, Response, Unreadable

VERBS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})
# Of one connection, or of the client's software: not part of the message, in either direction.
DROPPED = frozenset({
    "transfer-encoding", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "upgrade", "connection", "user-agent", "host",
    "content-length", "server", "expect",
})  # fmt: skip
_HEADERS = r"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*"
_REQUEST = re.compile(rf"(?:{'|'.join(sorted(VERBS))})\r\n/[\x21-\x7e]*\r\n{_HEADERS}")
_RESPONSE = re.compile(rf"[1-5][0-9][0-9]\r\n[\t\x20-\x7e\x80-\xff]*\r\n{_HEADERS}")


def encode_request(request: Request) -> bytes:
    """Raises Unreadable when a part of it could be read as another message."""
    return _encode(_REQUEST, request.verb, request.target, request.headers)


def encode_response(response: Response) -> bytes:
    return _encode(_RESPONSE, str(response.status), response.reason, response.headers)


def _encode(form: re.Pattern[str], first: str, second: str, headers: Headers) -> bytes:
    text = f"{first}\r\n{second}\r\n" + "".join([f"{name}:{value}\r\n" for name, value in headers])
    if not form.fullmatch(text) or _split(text) != (first, second, headers):
        raise Unreadable(first[:40])
    return text.encode("latin-1")


def decode(message: bytes) -> Request | Response:
    """Its first byte tells which it is. Raises Unreadable for anything but the form that is written, of which each has one reading."""
    text = message.decode("latin-1")
    if _REQUEST.fullmatch(text):
        return Request(*_split(text))
    if _RESPONSE.fullmatch(text):
        status, reason, headers = _split(text)
        return Response(int(status), reason, headers)
    raise Unreadable("form")


def _split(text: str) -> tuple[str, str, Headers]:
    first, second, *lines = text.split("\r\n")
    return first, second, tuple([(line[: (at := line.index(":"))], line[at + 1 :]) for line in lines[:-1]])


def kept(headers: Iterable[tuple[str, str]], ours: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    """Headers that travel on. `ours` are those that only a node sets: whatever a system says in them is dropped."""
    return [(name, value) for name, value in headers if (low := name.lower()) not in DROPPED and low not in ours]


def request_hash(message: bytes, body: bytes | None) -> str:
    """`X-Road-Request-Hash`: base64 of SHA-512; with a body, of the hashes of both."""
    digest = hashlib.sha512(message).digest()
    if body is not None:
        digest = hashlib.sha512(digest + hashlib.sha512(body).digest()).digest()
    return base64.b64encode(digest).decode()
