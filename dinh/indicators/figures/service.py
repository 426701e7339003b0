"""Count sealed events, once each, and publish the counts without the small ones."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from dinh.indicators import disclosure
from dinh.indicators.definitions import counts, definitions_of, smallest_of
from dinh.indicators.figures import store
from dinh.indicators.figures.contracts import Line, Month, Table
from dinh.indicators.figures.store import Key
from dinh.kernel import events
from dinh.kernel.caller import system
from dinh.kernel.errors import NotFound
from dinh.kernel.events import Recorded
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx

# Two years of months.
SHOWN_DAYS = 730
# A table that is slow to publish waits this many times as long, so that publishing stays a small part of the worker's time.
REST, QUICK_SECONDS = 20, 0.1


async def read_spine(node: Node) -> int:
    """Follow the spine by one batch. Position and figures move together, so that nothing is counted twice."""
    async with node.write(system("indicators")) as tx:
        recorded = await events.follow(tx, store.READER)
        if not recorded:
            return 0
        position = recorded[-1].position or 0
        await store.add(tx, _count(node, recorded), position)
        await store.note_reading(tx, position, tx.now)
        return len(recorded)


def _count(node: Node, recorded: Sequence[Recorded]) -> Counter[Key]:
    definitions = definitions_of(node.country)
    wanted = {counted.event for indicator in definitions.values() for counted in indicator.count}
    total: Counter[Key] = Counter()
    for event in recorded:
        if event.type in wanted:
            payload = msgspec.json.decode(event.payload)
            for indicator in definitions.values():
                if counts(indicator, event.type, payload):
                    total[indicator.code, event.local_date.replace(day=1), payload.get("unit", ""), payload.get("procedure", "")] += 1
    return total


async def publish(node: Node) -> int:
    """Publish one month of one indicator that changed. What is computed is computed outside any transaction."""
    async with node.read(system("indicators")) as tx:
        found = await store.waiting(tx)
        if found is None:
            return 0
        indicator, month, changed = found
        cells = await store.cells(tx, indicator, month)
    started = time.perf_counter()
    table = await asyncio.to_thread(disclosure.publish, cells, smallest_of(node.country))
    took = time.perf_counter() - started
    async with node.write(system("indicators")) as tx:
        due_at = tx.now + timedelta(seconds=took * REST if took > QUICK_SECONDS else 0)
        if await store.note_published(tx, indicator, month, changed, due_at):
            await store.put_published(tx, indicator, month, table)
    return 1


async def months(tx: ReadTx) -> list[Month]:
    """The published totals, newest first."""
    found: dict[date, dict[str, disclosure.Shown]] = {}
    for month, indicator, shown in await store.totals(tx, _since(tx)):
        found.setdefault(month, {})[indicator] = shown
    return [Month(month, totals) for month, totals in found.items()]


def _since(tx: ReadTx) -> date:
    return (tx.node.country.local_date(tx.now) - timedelta(days=SHOWN_DAYS)).replace(day=1)


async def table(tx: ReadTx, indicator: str, month: date) -> Table:
    """Units by procedures, as published. Raises NotFound for an indicator that is not declared."""
    _known(tx, indicator)
    cells = {(line.unit, line.procedure): line.shown for line in await store.lines(tx, indicator, month, month)}
    units, procedures = sorted({unit for unit, _ in cells} - {disclosure.TOTAL}), sorted({code for _, code in cells} - {disclosure.TOTAL})
    return Table(month, units, procedures, cells)


async def lines(tx: ReadTx, indicator: str) -> list[Line]:
    """Everything published of an indicator, for the download. Raises NotFound."""
    _known(tx, indicator)
    return await store.lines(tx, indicator, _since(tx), tx.node.country.local_date(tx.now))


def _known(tx: ReadTx, indicator: str) -> None:
    if indicator not in definitions_of(tx.node.country):
        raise NotFound


async def as_of(tx: ReadTx) -> tuple[int, datetime] | None:
    """The number of the last event that was counted, and when."""
    return await store.reading(tx)


async def rebuild(node: Node) -> int:
    """Count everything again from the first event, and publish it. Returns how many events were read."""
    async with node.write(system("indicators")) as tx:
        # The reader's lock first: a worker that is counting finishes before the figures are cleared.
        await events.rewind(tx, store.READER)
        await store.clear(tx)
    read = 0
    while batch := await read_spine(node):
        read += batch
    while await publish(node):
        pass
    return read
