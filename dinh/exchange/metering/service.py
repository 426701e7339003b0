"""Count calls, and hold clients to the daily limits of their rights."""

import asyncio
from collections.abc import Mapping

from dinh.exchange.metering import rules, store
from dinh.exchange.metering.contracts import Admitted, Amount, Line, Use
from dinh.exchange.metering.rules import Day
from dinh.kernel import clock
from dinh.kernel.caller import system
from dinh.kernel.errors import TooMany
from dinh.kernel.node import Node


class Meter:
    """One per node and process. Asks the database once a day; from then on each round of evidence tells it the totals of what it counted.

    A call is on its line from `admit` until `settle` or `release`, so one process serves no call beyond a limit. What other processes of the
    node have served is known with the next round: together they can go beyond it by what is under way in the others at that moment.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._day: Day | None = None
        self._totals: dict[Use, int] = {}
        self._open: dict[Use, int] = {}
        self._loading = asyncio.Lock()

    async def admit(self, line: Line, limit: int | None) -> Admitted:
        """Raises Unavailable where the totals of a new day cannot be read."""
        now = clock.now()
        day = self._day if self._day and self._day.holds(now) else await self._begin()
        use = Use(day.date, line)
        if limit is None:
            self._open[use] = self._open.get(use, 0) + 1
            return Admitted(use)
        left, seconds = limit - self._totals.get(use, 0) - self._open.get(use, 0), day.seconds_left(now)
        if left <= 0:
            refusal = TooMany("exchange.quota", retry_after=seconds, service=line.service, limit=limit)
            return Admitted(use, refusal, rules.headers(limit, 0, seconds))
        self._open[use] = self._open.get(use, 0) + 1
        return Admitted(use, None, rules.headers(limit, left - 1, seconds))

    def release(self, use: Use, calls: int = 1) -> None:
        """They were not answered, or are counted now."""
        left = self._open.get(use, 0) - calls
        if left > 0:
            self._open[use] = left
        else:
            self._open.pop(use, None)

    def settle(self, amounts: Mapping[Use, Amount], totals: Mapping[Use, int]) -> None:
        """Once they are committed with their evidence: `totals` is what their lines have come to."""
        for use, amount in amounts.items():
            self.release(use, amount.calls)
            if self._day and use.day == self._day.date:
                self._totals[use] = totals[use]

    async def _begin(self) -> Day:
        async with self._loading:
            day = rules.day_of(clock.now(), self._node.country.zone)
            if self._day != day:
                async with self._node.read(system("exchange")) as tx:
                    found = await store.totals(tx, day.date)
                self._day, self._totals = day, found
            return day
