"""/operator/exchange: rates, errors, slow services, batches and gaps of this node."""

from datetime import datetime, timedelta

from litestar import Response

from dinh.exchange.members import membership_of
from dinh.exchange.overview import service
from dinh.exchange.overview.contracts import MOST_FRESH, MOST_WAITING
from dinh.kernel.web.routes import entrusted, page
from dinh.kernel.web.visit import Visit

PARTS = ("tsa", "ocsp", "revocations", "registry", "witness")
STEPS = (("days", 86400), ("hours", 3600), ("minutes", 60))


@page("/operator/exchange", entrusted("operate"))
async def exchange(request: Visit) -> Response[str]:
    async with request.node.read(request.who) as tx:
        found = await service.overview(tx)
    membership, speaker = membership_of(request.node), request.speaker
    members, services = membership.members, membership.services

    def ago(since: datetime) -> str:
        seconds = int(max(found.at - since, timedelta()).total_seconds())
        unit, length = next(((unit, length) for unit, length in STEPS if seconds >= length), ("seconds", 1))
        return speaker.say(f"exchange.{unit}", n=seconds // length)

    return request.page(
        "exchange/overview.html", overview=found, ago=ago, most_waiting=MOST_WAITING, most_fresh=MOST_FRESH, parts=PARTS,
        name=lambda code: speaker.pick(members[code].name) if code in members else code,
        title=lambda code: speaker.pick(services[code].title) if code in services else "", why=speaker.refusal,
    )  # fmt: skip


routes = [exchange]
