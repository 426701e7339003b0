"""The timestamping authority and the responder, as their standards' clients ask them. To anyone: what they tell is no secret."""

import base64
import binascii
from urllib.parse import unquote

from litestar import Response
from litestar.params import FromPath

from dinh.exchange.notary import service
from dinh.kernel.allowance import Allowance
from dinh.kernel.errors import Invalid, TooLarge, TooMany
from dinh.kernel.web.routes import machine_page, page, public
from dinh.kernel.web.visit import Visit

TSA, OCSP = "/tsa", "/ocsp"
MEDIA = {TSA: ("application/timestamp-query", "application/timestamp-reply"), OCSP: ("application/ocsp-request", "application/ocsp-response")}
LARGEST = 4096
# A node of hundreds of members asks about each once an hour, all at once; whoever asks for more keeps the signer from others.
ALLOWANCE = Allowance(burst=2000, rate=50)


def _count(request: Visit) -> None:
    """Raises TooMany."""
    if wait := ALLOWANCE.take(request.address):
        raise TooMany("exchange.too_many_asked", retry_after=wait)


async def _posted(request: Visit, kind: str) -> bytes:
    """Raises TooMany, Invalid for another media type, and TooLarge as soon as more has come than such a request can have."""
    _count(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != kind:
        raise Invalid("exchange.bad_header")
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > LARGEST:
            raise TooLarge("exchange.too_large")
    return bytes(read)


def _told(path: str, body: bytes) -> Response[bytes]:
    return Response(body, media_type=MEDIA[path][1], headers={"cache-control": "no-store"})


@machine_page(TSA, public)
async def stamp(request: Visit) -> Response[bytes]:
    """RFC 3161, section 3.4."""
    return _told(TSA, await service.stamped(request.node, await _posted(request, MEDIA[TSA][0])))


@machine_page(OCSP, public)
async def ask(request: Visit) -> Response[bytes]:
    """RFC 6960, appendix A.1."""
    return _told(OCSP, await service.answered(request.node, await _posted(request, MEDIA[OCSP][0])))


@page(f"{OCSP}/{{asked:path}}", public)
async def look_up(request: Visit, asked: FromPath[str]) -> Response[bytes]:  # noqa: ARG001 - routing has joined slashes that base64 needs
    """The same by GET: the request in base64, percent-encoded. From the raw path, whose bytes nobody has tidied up."""
    _count(request)
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    text = unquote(raw.decode("latin-1").partition("?")[0].removeprefix(f"{OCSP}/"))
    if len(text) > LARGEST:
        raise TooLarge("exchange.too_large")
    try:
        return _told(OCSP, await service.answered(request.node, base64.b64decode(text, validate=True)))
    except binascii.Error as error:
        raise Invalid("exchange.bad_path") from error


routes = [stamp, ask, look_up]
