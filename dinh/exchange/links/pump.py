"""Adaptive batches: what is put while a round runs goes with the next one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Pump(Generic[Thing]):
    """On a quiet line a round holds one thing and nobody waits; on a busy one as many as came during the round before, at most `most`.

    `work` must not raise: it tells each thing's owner how it ended.
    """

    def __init__(self, work: Callable[[list[Thing]], Awaitable[None]], most: int) -> None:
        self._work = work
        self._most = most
        self._waiting: list[Thing] = []
        self._task: asyncio.Task[None] | None = None

    def put(self, thing: Thing) -> None:
        self._waiting.append(thing)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting:
                taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._work(taken)
        finally:
            self._task = None
