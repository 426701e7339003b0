"""Count hours, and publish them when their delay is over."""

from datetime import date, datetime, timedelta

from dinh.exchange.members import declared, membership_of
from dinh.exchange.statistics import rules, store
from dinh.exchange.statistics.contracts import SMALLEST, Asked, Day, Hourly, Offered, Statistics
from dinh.kernel.caller import system
from dinh.kernel.country import Country
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx

WHO = system("statistics")
MOST_LINES = 10_000
MOST_SERVICES = 50
DAYS = 14


async def count_next(node: Node) -> bool:
    """One hour that is over, or one that is to be published; False when there is none. Raises Unavailable on a node without a configuration."""
    membership, delay = membership_of(node), delay_of(node.country)
    services = membership.configuration.services
    known = [service.code for service in services]
    for final, wait in ((False, timedelta()), (True, delay)):
        async with node.write(WHO) as tx:
            before = rules.over(tx.now, wait, node.country.zone)
            hour = await store.next_hour(tx, str(node.country.zone), before, final=final)
            if hour is not None:
                counted = await store.count(tx, hour, hour + rules.HOUR, known, final=final)
                if counted and final:
                    embargoed = rules.embargoed(services, membership.groups)
                    await store.publish(tx, hour, node.country.local_date(hour), withheld(node.country), embargoed)
                return counted
    return False


def delay_of(country: Country) -> timedelta:
    return timedelta(seconds=declared(country).policy.statistics.delay)


async def hours_since(tx: ReadTx, start: datetime) -> tuple[datetime, list[Hourly]]:
    """Up to when hours are counted, at least `start`; and those from `start` on."""
    until = await store.counted_until(tx)
    return max(until or start, start), await store.since(tx, start)


def until(tx: ReadTx) -> datetime:
    """Before this, everything is published."""
    return rules.over(tx.now, delay_of(tx.node.country), tx.node.country.zone)


def latest_day(tx: ReadTx) -> date:
    """The last one that is published whole."""
    return tx.node.country.local_date(until(tx)) - timedelta(days=1)


async def published(tx: ReadTx, asked: Asked) -> tuple[Statistics, bool]:
    """And whether more lines follow. Days are told when they are whole."""
    country, end = tx.node.country, until(tx)
    found = await store.lines(tx, asked, end, withheld(country), str(country.zone), MOST_LINES)
    told = Statistics(tx.node.code, asked.by, end, declared(country).policy.statistics.delay, SMALLEST, found[:MOST_LINES])
    return told, len(found) > MOST_LINES


async def overview(tx: ReadTx, day: date) -> tuple[list[Day], list[Offered]]:
    """The latest whole days, and the services of this one."""
    latest, hidden = latest_day(tx), withheld(tx.node.country)
    days = await store.days(tx, latest - timedelta(days=DAYS - 1), latest + timedelta(days=1), hidden)
    return days, await store.services(tx, day, hidden, MOST_SERVICES) if day <= latest else []


def withheld(country: Country) -> list[str]:
    return rules.patterns(declared(country).policy.statistics.withheld)
