"""Rounds: nothing is lost, doubled or passed by; who is alone does not wait, who expects company waits for it, and not for ever."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinh.exchange.links import Pump, pump


class _Rounds:
    def __init__(self) -> None:
        self.kept: list[list[int]] = []

    async def work(self, taken: list[int]) -> None:
        await asyncio.sleep(0)
        self.kept.append(taken)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(5):
            while sum(map(len, self.kept)) < count:
                await asyncio.sleep(0)


@given(st.lists(st.integers(min_value=0, max_value=3), max_size=30), st.integers(min_value=1, max_value=7), st.integers(min_value=1, max_value=9))
def test_everything_goes_once_and_in_order(pauses: list[int], most: int, company: int) -> None:
    async def run() -> list[list[int]]:
        rounds = _Rounds()
        found: Pump[int] = Pump(rounds.work, most, lambda here: here >= company)
        for number, pause in enumerate(pauses):
            found.put(number)
            for _ in range(pause):
                await asyncio.sleep(0)
        await rounds.until(len(pauses))
        return rounds.kept

    kept = asyncio.run(run())
    assert [one for taken in kept for one in taken] == list(range(len(pauses)))
    assert all(len(taken) <= most for taken in kept)


def test_a_round_begins_when_its_company_is_there_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump, "PATIENCE", 60)

    async def run() -> None:
        rounds = _Rounds()
        found: Pump[int] = Pump(rounds.work, 256, lambda here: here >= 3)
        for number in range(3):
            assert rounds.kept == []
            found.put(number)
            await asyncio.sleep(0.01)
        await rounds.until(3)
        assert rounds.kept == [[0, 1, 2]]

    asyncio.run(run())


def test_who_is_alone_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump, "PATIENCE", 60)

    async def run() -> None:
        rounds = _Rounds()
        found: Pump[int] = Pump(rounds.work, 256, lambda here: 2 * here >= 1)
        found.put(0)
        await rounds.until(1)

    asyncio.run(run())


def test_company_that_never_comes_is_not_waited_for_for_ever() -> None:
    async def run() -> None:
        rounds = _Rounds()
        found: Pump[int] = Pump(rounds.work, 256, lambda _: False)
        for number in range(2):
            found.put(number)
            await rounds.until(number + 1)

    asyncio.run(run())
