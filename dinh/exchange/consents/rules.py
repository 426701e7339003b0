"""What can be agreed to follows from the country's rights."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from dinh.exchange.consents.contracts import Offer, Use
from dinh.exchange.members import Service

# What a person may choose.
DAYS = (30, 90, 365)


def offers(services: Iterable[Service]) -> Iterator[Offer]:
    """Rights that say `consent`, one offer for each member that they name."""
    for service in services:
        for right in (one for one in service.rights if one.consent):
            for client in right.clients:
                yield Offer(use=Use(service.code, client, right.purpose), what=service.title, why=right.title, basis=right.basis, ref=right.ref)


def ends_on(today: date, days: str) -> date | None:
    """None for what is no choice."""
    return today + timedelta(days=int(days) + 1) if days.isdecimal() and int(days) in DAYS else None
