"""What the registry publishes: to anyone, for its worth is in the signature."""

from litestar import Response
from litestar.params import FromPath

from dinh.exchange.members import CONFIGURATION, REVOCATIONS
from dinh.exchange.registry import service
from dinh.kernel.caller import PUBLIC
from dinh.kernel.web.routes import api_get, public
from dinh.kernel.web.visit import Visit

# A stranger's document is shown as what it is, never as a page.
JOSE, PLAIN = "application/jose", "text/plain"


async def _published(request: Visit, kind: str) -> Response[bytes]:
    """Asked for every minute by every node: whoever has it already is told so."""
    async with request.node.read(PUBLIC) as tx:
        found = await service.published_document(tx, kind)
    headers = {"etag": found.etag, "cache-control": "public, no-cache"}
    if request.headers.get("if-none-match") == found.etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(found.token.encode(), media_type=JOSE, headers=headers)


@api_get("/api/exchange/v1/configuration", public, JOSE)
async def configuration(request: Visit) -> Response[bytes]:
    return await _published(request, CONFIGURATION)


@api_get("/api/exchange/v1/revocations", public, JOSE)
async def revocations(request: Visit) -> Response[bytes]:
    return await _published(request, REVOCATIONS)


@api_get("/api/exchange/v1/openapi/{digest:str}", public, PLAIN)
async def openapi(request: Visit, digest: FromPath[str]) -> Response[bytes]:
    """The document of a service, by the SHA-256 that the configuration names."""
    async with request.node.read(PUBLIC) as tx:
        found = await service.openapi_document(tx, digest)
    headers = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}
    return Response(found.encode(), media_type=PLAIN, headers=headers)


routes = [configuration, revocations, openapi]
