"""Gather what every node publishes, and tell it together."""

import asyncio
from datetime import date, datetime, timedelta

import msgspec

from dinh.exchange.heads import read_attested
from dinh.exchange.links import Links
from dinh.exchange.members import membership_of
from dinh.exchange.national import rules, store
from dinh.exchange.national.contracts import Missing, National
from dinh.exchange.statistics import (
    DAYS,
    FIGURES,
    MOST_LINES,
    SMALLEST,
    Asked,
    Day,
    Figures,
    Wanted,
    delay_of,
    figures_of,
    latest_day,
    until,
    withheld,
)
from dinh.kernel import log
from dinh.kernel.caller import system
from dinh.kernel.country import Country
from dinh.kernel.errors import BadSignature, NotFound, Refused
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx

WHO = system("national")
TIMEOUT = 10.0
# How far back a node is asked that was never asked before.
LOOK_BACK = timedelta(days=31)
_log = log.get("exchange")


async def gather(node: Node) -> bool:
    """Ask every node for the hours that are not in yet. True where one has more. Raises Unavailable on a node without a configuration."""
    codes = [one.code for one in membership_of(node).configuration.servers]
    async with node.write(WHO) as tx:
        before = until(tx)
        await store.begin(tx, codes, before - LOOK_BACK)
        told = await store.told_until(tx)
    due = [code for code in codes if told[code] < before]
    return any(await asyncio.gather(*(_gather_from(node, code, Wanted(told[code], before)) for code in due)))


async def _gather_from(node: Node, peer: str, wanted: Wanted) -> bool:
    """A node that is down or lies is asked again in the next round, and is missing until then."""
    try:
        figures = await _own(node, wanted) if peer == node.code else await _ask(node, peer, wanted)
        await take(node, peer, wanted, figures)
    except (Refused, BadSignature) as error:
        _log.warning("figures_not_gathered", node=node.code, peer=peer, reason=str(error))
        return False
    return figures.more


async def _own(node: Node, wanted: Wanted) -> Figures:
    async with node.read(WHO) as tx:
        return await figures_of(tx, wanted)


async def _ask(node: Node, peer: str, wanted: Wanted) -> Figures:
    """Raises Unavailable, NotAllowed for a node that is not registered or was revoked, BadSignature for another's word."""
    membership_of(node).check_server(peer)
    body = await node.part(Links).to(peer).post(FIGURES, msgspec.msgpack.encode(wanted), TIMEOUT)
    return (await read_attested(node, body, FIGURES.encode(), Figures))[0]


async def take(node: Node, peer: str, wanted: Wanted, figures: Figures) -> None:
    """Take in what a node was asked for. Raises BadSignature for what cannot be."""
    rules.check(figures, peer, wanted, node.country.zone)
    membership = membership_of(node)

    def serves(provider: str) -> bool:
        try:
            return membership.node_of(provider).code == peer
        except NotFound:
            return False

    async with node.write(WHO) as tx:
        if await store.advance(tx, peer, figures.after, figures.until):
            await store.add(tx, peer, [(node.country.local_date(line.at), line) for line in rules.own(figures.lines, serves)])


async def national(tx: ReadTx, asked: Asked) -> tuple[National, bool]:
    """And whether more lines follow. Days are told when they are whole."""
    country, end = tx.node.country, until(tx)
    found = await store.lines(tx, asked, end, withheld(country), str(country.zone), MOST_LINES)
    days = await store.days(tx, asked.first, min(asked.last, latest_day(tx)) + timedelta(days=1), withheld(country))
    missing = await _missing(tx, _midnight(country, asked.first), min(end, _midnight(country, asked.last + timedelta(days=1))))
    told = National(asked.by, end, int(delay_of(country).total_seconds()), SMALLEST, missing, days, found[:MOST_LINES])
    return told, len(found) > MOST_LINES


async def overview(tx: ReadTx) -> tuple[list[tuple[Day, list[Missing]]], list[Missing]]:
    """The latest whole days, each with the nodes that are missing in it; and those that are missing today."""
    country, after = tx.node.country, latest_day(tx) + timedelta(days=1)
    days = await store.days(tx, after - timedelta(days=DAYS), after, withheld(country))
    missing = await _missing(tx, _midnight(country, after - timedelta(days=DAYS)), until(tx))
    ends = [_midnight(country, one.day + timedelta(days=1)) for one in days]
    return [(one, [gone for gone in missing if gone.since < end]) for one, end in zip(days, ends, strict=True)], missing


async def _missing(tx: ReadTx, first: datetime, end: datetime) -> list[Missing]:
    return rules.missing(membership_of(tx.node).configuration.servers, await store.told_until(tx), first, end)


def _midnight(country: Country, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=country.zone)
