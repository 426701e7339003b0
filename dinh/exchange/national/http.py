"""National open statistics for machines: as JSON and as CSV."""

import csv
import io
from urllib.parse import urlencode

import msgspec
from litestar import Response

from dinh.exchange.national import service
from dinh.exchange.national.contracts import National
from dinh.exchange.statistics import CACHED, COLUMNS, CSV, asked, latest_day, row
from dinh.kernel.web.routes import api_get, public
from dinh.kernel.web.visit import Visit

PATH = "/api/exchange/v1/statistics/national"


async def _national(request: Visit) -> National:
    async with request.node.read(request.who) as tx:
        wanted = asked(request.query_params, latest_day(tx))
        found, more = await service.national(tx, wanted)
    if not more:
        return found
    query = {"by": wanted.by, "from": wanted.first.isoformat(), "until": wanted.last.isoformat(), "page": wanted.page + 1}
    return msgspec.structs.replace(found, next=f"{request.url.path}?{urlencode(query)}")


@api_get(PATH, public)
async def national_json(request: Visit) -> Response[National]:
    """What all nodes publish, with the nodes that are missing: `by` hour (7 days at most) or day (31), `from` and `until` (days, the last included)."""
    return Response(await _national(request), headers=CACHED)


@api_get(f"{PATH}.csv", public, CSV)
async def national_csv(request: Visit) -> Response[bytes]:
    """The lines as a table. Header `Link` names the following page, `Dinh-Missing` the nodes that are missing, each with the hour from which on."""
    found = await _national(request)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("node", *COLUMNS))
    writer.writerows((line.node, *row(line)) for line in found.lines)
    headers = CACHED | {"content-disposition": 'attachment; filename="exchange-national.csv"'}
    if found.missing:
        headers |= {"dinh-missing": ", ".join(f"{one.node} {one.since.isoformat()}" for one in found.missing)}
    if found.next:
        headers |= {"link": f'<{found.next}>; rel="next"'}
    return Response(text.getvalue().encode(), media_type=CSV, headers=headers)


routes = [national_json, national_csv]
