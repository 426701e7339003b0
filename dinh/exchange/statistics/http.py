"""Open statistics for machines: as JSON and as CSV."""

import csv
import io
from urllib.parse import urlencode

import msgspec
from litestar import Response

from dinh.exchange.statistics import rules, service
from dinh.exchange.statistics.contracts import COLUMNS, Statistics
from dinh.kernel.web.routes import api_get, public
from dinh.kernel.web.visit import Visit

PATH = "/api/exchange/v1/statistics"
CSV = "text/csv; charset=utf-8"
# Published lines stay as they are; only new ones are added.
CACHED = {"cache-control": "public, max-age=300"}


async def _published(request: Visit) -> Statistics:
    async with request.node.read(request.who) as tx:
        asked = rules.asked(request.query_params, service.latest_day(tx))
        found, more = await service.published(tx, asked)
    if not more:
        return found
    query = {"by": asked.by, "from": asked.first.isoformat(), "until": asked.last.isoformat(), "page": asked.page + 1}
    return msgspec.structs.replace(found, next=f"{request.url.path}?{urlencode(query)}")


@api_get(PATH, public)
async def as_json(request: Visit) -> Response[Statistics]:
    """Calls of services that agencies of this node provide: `by` hour (7 days at most) or day (31), `from` and `until` (days, the last included)."""
    return Response(await _published(request), headers=CACHED)


@api_get(f"{PATH}.csv", public, CSV)
async def as_csv(request: Visit) -> Response[bytes]:
    """The same as a table; header `Link` names the following page."""
    found = await _published(request)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(rules.row(line) for line in found.lines)
    headers = CACHED | {"content-disposition": f'attachment; filename="exchange-{found.node}.csv"'}
    if found.next:
        headers |= {"link": f'<{found.next}>; rel="next"'}
    return Response(text.getvalue().encode(), media_type=CSV, headers=headers)


routes = [as_json, as_csv]
