"""What one process of a node has under way."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from typing import Any

WIDTH = 25
MOST = 250


class Lanes:
    """A lane is a receiver of one queue, with WIDTH messages under way at most. What is put into it next waits until all of them have ended, so one that hangs
    has no more than these. Of a queue MOST are under way: ten lanes may hang before the others have less room.
    """

    def __init__(self) -> None:
        self._under_way: defaultdict[str, dict[asyncio.Task[bool], str]] = defaultdict(dict)

    def busy(self, queue: str) -> list[str]:
        return sorted(set(self._under_way[queue].values()))

    def places(self, queue: str) -> int:
        return MOST - len(self._under_way[queue])

    async def work(self, queue: str, started: Sequence[tuple[str, Coroutine[Any, Any, bool]]], patience: float | None) -> int:
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
