"""For the operator's machines: records of what was exchanged, and whether the exchange works."""

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response

from dinh.exchange.monitoring import rules, service
from dinh.exchange.monitoring.contracts import Health, Mark, Records
from dinh.exchange.monitoring.service import MOST, Pulse
from dinh.kernel.errors import Invalid
from dinh.kernel.web.routes import api_get, entrusted, public
from dinh.kernel.web.visit import Visit

FIRST = UUID(int=0)


@api_get("/api/exchange/v1/records", entrusted("operate"))
async def records(request: Visit) -> Records:
    """Calls kept from `since` to before `until` (ISO 8601 with offset), at most `limit` a page, oldest first. The last minute is withheld."""
    asked = request.query_params
    after, until, limit = _mark(request), _moment(request, "until") if asked.get("until") else None, asked.get("limit", str(MOST))
    if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:9]) <= MOST):
        raise Invalid(fields={"limit": "kernel.invalid"})
    async with request.node.read(request.who) as tx:
        found, last, following = await service.records(tx, after, until, int(limit))
    address = None
    if following:
        address = f"{request.url.path}?{urlencode({'after': rules.write_mark(following), 'until': last.isoformat(), 'limit': limit})}"
    return Records(found, last, address)


def _mark(request: Visit) -> Mark:
    if after := request.query_params.get("after"):
        return rules.read_mark(after)
    return _moment(request, "since"), FIRST, ""


def _moment(request: Visit, name: str) -> datetime:
    try:
        return rules.moment(request.query_params.get(name, ""))
    except ValueError as error:
        raise Invalid(fields={name: "kernel.invalid"}) from error


@api_get("/api/exchange/v1/health", public)
async def health(request: Visit) -> Response[Health]:
    """200 when this node can exchange, else 503 with the parts that cannot."""
    found = await request.node.part(Pulse).look()
    return Response(found, status_code=503 if found.reasons else 200)


routes = [records, health]
