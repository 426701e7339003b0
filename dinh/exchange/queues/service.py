"""Work off what waits, and know what of it is under way."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any

import asyncpg

from dinh.exchange.queues import store
from dinh.exchange.queues.contracts import Queue
from dinh.kernel import keys
from dinh.kernel.caller import Caller
from dinh.kernel.node import Node

WIDTH = 25
MOST = 250


class Lanes:
    """Of one node and process. A lane is a receiver of one queue, with WIDTH messages under way at most. What is put into it next waits until all of them have ended, so one that hangs
    has no more than these. Of a queue MOST are under way: ten lanes may hang before the others have less room.
    """

    def __init__(self) -> None:
        self._under_way: defaultdict[Queue, dict[asyncio.Task[bool], str]] = defaultdict(dict)

    def busy(self, queue: Queue) -> list[str]:
        return sorted(set(self._under_way[queue].values()))

    def places(self, queue: Queue) -> int:
        return MOST - len(self._under_way[queue])

    async def work(self, queue: Queue, started: Sequence[tuple[str, Coroutine[Any, Any, bool]]], patience: float | None) -> int:
        """Start these, each with its lane, and wait `patience` seconds for them; without it, until nothing is under way. How many ended well since it was
        last called. Raises what one of them raised.
        """
        under_way = self._under_way[queue]
        tasks = {asyncio.create_task(work): lane for lane, work in started}
        under_way |= tasks
        if waited := under_way if patience is None else tasks:
            await asyncio.wait(list(waited), timeout=patience)
        ended = [task for task in under_way if task.done()]
        for task in ended:
            del under_way[task]
        return sum(await asyncio.gather(*ended))

    async def close(self) -> None:
        """What is under way is given back to the queue as if the process had died: it is due again when its lease ends."""
        tasks = [task for under_way in self._under_way.values() for task in under_way]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._under_way.clear()


Work = Callable[[asyncpg.Record, keys.DataKey | None], Coroutine[Any, Any, bool]]


async def work_off(node: Node, who: Caller, queue: Queue, lease: timedelta, work: Work, patience: float | None) -> int:
    """One round: take what is due for `lease`, and work on it outside any transaction. Of each case the first message that waits is worked on, the next one in
    a later round: so they keep their order. How many ended well since the last round.

    After `patience` seconds the round leaves what has not ended to itself; without it, it waits for all. `work` gets no key where the key was destroyed.
    """
    lanes = node.part(Lanes)
    async with node.write(who) as tx:
        due = await store.lease(tx, queue, tx.now + lease, lanes.busy(queue), WIDTH, lanes.places(queue))
        opened = await keys.by_ids(tx, list({row["key"] for row in due}))
    return await lanes.work(queue, [(row["lane"], work(row, opened.get(row["key"]))) for row in due], patience)
