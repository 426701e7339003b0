"""Adaptive batches: what is put while a round runs goes with the next one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
# A round costs every process that it wakes much the same, whatever it holds: company that comes soon is worth a short wait.
PATIENCE = 0.005
"""Seconds."""
COMPANY = 3
"""So many rounds at once keep both ends at work: a round is worth starting with this part of what is under way."""


class Pump(Generic[Thing]):
    """On a quiet line a round holds one thing and nobody waits; on a busy one as many as came during the round before, at most `most`.

    While those that are here, as many as it is asked about, are not `enough`, a round waits for more, for PATIENCE at most.
    `work` must not raise: it tells each thing's owner how it ended.
    """

    def __init__(self, work: Callable[[list[Thing]], Awaitable[None]], most: int, enough: Callable[[int], bool]) -> None:
        self._work, self._most, self._enough = work, most, enough
        self._waiting: list[Thing] = []
        self._task: asyncio.Task[None] | None = None
        self._company: asyncio.Event | None = None

    def put(self, thing: Thing) -> None:
        self._waiting.append(thing)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        elif self._company and self._ready():
            self._company.set()

    def _ready(self) -> bool:
        return len(self._waiting) >= self._most or self._enough(len(self._waiting))

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._work(taken)
        finally:
            self._task = None

    async def _gather(self) -> None:
        if self._ready():
            return
        company = self._company = asyncio.Event()
        timer = asyncio.get_running_loop().call_later(PATIENCE, company.set)
        try:
            await company.wait()
        finally:
            timer.cancel()
            self._company = None
