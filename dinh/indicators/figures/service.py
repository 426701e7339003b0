"""Count sealed events into figures, once each."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from dinh.indicators.definitions import counts, definitions_of
from dinh.indicators.figures import store
from dinh.kernel import events
from dinh.kernel.caller import system
from dinh.kernel.events import Recorded
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx


class Figure(msgspec.Struct, frozen=True):
    month: date
    values: dict[str, int]


async def read_spine(node: Node) -> int:
    """Follow the spine by one batch. Position and figures move together, so that nothing is counted twice."""
    async with node.write(system("indicators")) as tx:
        recorded = await events.follow(tx, store.READER)
        if not recorded:
            return 0
        await store.add(tx, _count(node, recorded))
        await store.note_reading(tx, recorded[-1].position or 0, tx.now)
        return len(recorded)


def _count(node: Node, recorded: Sequence[Recorded]) -> Counter[tuple[str, str, date]]:
    definitions = definitions_of(node.country)
    wanted = {counted.event for indicator in definitions.values() for counted in indicator.count}
    total: Counter[tuple[str, str, date]] = Counter()
    for event in recorded:
        if event.type in wanted:
            payload = msgspec.json.decode(event.payload)
            for indicator in definitions.values():
                if counts(indicator, event.type, payload):
                    total[indicator.code, payload.get("unit", ""), event.local_date] += 1
    return total


async def figures(tx: ReadTx) -> list[Figure]:
    """By month, newest first."""
    months: dict[date, dict[str, int]] = {}
    for month, indicator, value in await store.by_month(tx):
        months.setdefault(month, {})[indicator] = value
    return [Figure(month, values) for month, values in months.items()]


async def as_of(tx: ReadTx) -> tuple[int, datetime] | None:
    """The number of the last event that was counted, and when."""
    return await store.reading(tx)


async def rebuild(node: Node) -> int:
    """Count everything again from the first event. Returns how many events were read."""
    async with node.write(system("indicators")) as tx:
        # The reader's lock first: a worker that is counting finishes before the figures are cleared.
        await events.rewind(tx, store.READER)
        await store.clear(tx)
    read = 0
    while batch := await read_spine(node):
        read += batch
    return read
