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
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_TARGET = re.compile(r"/[\x21-\x7e]*")
_STATUS = re.compile(r"[1-5][0-9]{2}")


def encode_request(request: Request) -> bytes:
    """Raises Unreadable when a part of it could be read as another message."""
    if request.verb not in VERBS or not _TARGET.fullmatch(request.target):
        raise Unreadable("request line")
    return _encode(f"{request.verb}\r\n{request.target}\r\n", request.headers)


def encode_response(response: Response) -> bytes:
    if not _STATUS.fullmatch(str(response.status)) or not _VALUE.fullmatch(response.reason):
        raise Unreadable("status line")
    return _encode(f"{response.status}\r\n{response.reason}\r\n", response.headers)


def _encode(start: str, headers: Headers) -> bytes:
    for name, value in headers:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise Unreadable(f"header {name[:40]!r}")
    return (start + "".join([f"{name}:{value}\r\n" for name, value in headers])).encode("latin-1")


def decode(message: bytes) -> Request | Response:
    """Its first byte tells which it is. Raises Unreadable for anything that does not come back as the very same bytes."""
    lines = message.decode("latin-1").split("\r\n")
    if len(lines) < 3 or lines[-1]:  # noqa: PLR2004 - two lines, then headers, then the end
        raise Unreadable("lines")
    headers = tuple([_header(line) for line in lines[2:-1]])
    found: Request | Response
    if "1" <= lines[0][:1] <= "9":
        if not _STATUS.fullmatch(lines[0]):
            raise Unreadable("status line")
        found = Response(int(lines[0]), lines[1], headers)
        same = encode_response(found)
    else:
        found = Request(lines[0], lines[1], headers)
        same = encode_request(found)
    if same != message:
        raise Unreadable("not its own form")
    return found


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise Unreadable("header")
    return name, value


def kept(headers: Iterable[tuple[str, str]], ours: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    """Headers that travel on. `ours` are those that only a node sets: whatever a system says in them is dropped."""
    return [(name, value) for name, value in headers if (low := name.lower()) not in DROPPED and low not in ours]


def request_hash(message: bytes, body: bytes | None) -> str:
    """`X-Road-Request-Hash`: base64 of SHA-512; with a body, of the hashes of both."""
    digest = hashlib.sha512(message).digest()
    if body is not None:
        digest = hashlib.sha512(digest + hashlib.sha512(body).digest()).digest()
    return base64.b64encode(digest).decode()
