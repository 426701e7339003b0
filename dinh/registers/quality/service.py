"""Measure registers night by night, and read what was measured."""

import asyncio
from datetime import date, timedelta
from functools import lru_cache

from dinh.kernel import clock, events
from dinh.kernel.caller import Caller, system
from dinh.kernel.country import Country
from dinh.kernel.errors import NotFound
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices import directory_of
from dinh.registers import description
from dinh.registers.description import Register
from dinh.registers.measures import Distinct, Quality
from dinh.registers.population import place_numbers
from dinh.registers.quality import rules, store
from dinh.registers.quality.contracts import Measure, QualityMeasured, Run, Standing
from dinh.registers.quality.sheet import Known, Sheet

CHUNK = 20_000
HISTORY = 15
PAUSE = 0.1
WEEK = timedelta(days=7)
YEAR = timedelta(days=365)
WHO = system("quality")


def measured_registers(country: Country) -> list[Register]:
    """Those whose file says what to measure."""
    return [register for register in description.all_of(country) if register.quality]


def quality_of(country: Country, name: str) -> tuple[Register, Quality]:
    """Raises NotFound."""
    register = description.describe(country, name)
    if register.quality is None:
        raise NotFound("registers.no_register", name=name)
    return register, register.quality


@lru_cache(maxsize=4)
def answering(country: Country, day: date) -> dict[str, str]:
    """Which agency answers for the records of each unit, also of units that were merged since. Others: the register's keeper."""
    return directory_of(country).answering(day)


async def measure(node: Node) -> int:
    """One step of the measurement that is due, in a transaction of its own: what a killed worker began, the next one goes on with.

    1 while there is more to do. Once every register was measured for the night there is nothing until the next one.
    """
    day = rules.night(node.country.local(clock.now()))
    for register in measured_registers(node.country):
        async with node.read(WHO) as tx:
            run = await store.run_of(tx, register.name, day)
        if (run is None or run.finished_at is None) and await _step(node, register, day):
            return 1
    return 0


async def measure_now(node: Node) -> list[Run]:
    """Measure everything again for this night, to its end. What it found before on this day is forgotten."""
    day = rules.night(node.country.local(clock.now()))
    runs = []
    for register in measured_registers(node.country):
        async with node.write(WHO) as tx:
            await store.begin_again(tx, register.name, day)
        while True:
            if not await _step(node, register, day):
                await asyncio.sleep(PAUSE)  # a worker has it just now
            async with node.read(WHO) as tx:
                run = await store.run_of(tx, register.name, day)
            if run and run.finished_at:
                runs.append(run)
                break
    return runs


async def _step(node: Node, register: Register, day: date) -> bool:
    """False when another worker has the run, or has just ended it."""
    async with node.write(WHO) as tx:
        run = await store.lock_run(tx, register.name, day)
        if run is None or run.finished_at:
            return False
        await store.take_time(tx)
        agencies = answering(node.country, _today(tx))
        sheet = _sheet(tx, register, store.CHUNK_VALUES)
        distinct = [rule for rule in sheet.quality.rules if isinstance(rule, Distinct)]
        if run.stage == 0:
            last, records, found = await store.measure_chunk(tx, run, sheet, agencies, CHUNK)
            await store.add(tx, run, found)
            await store.move(tx, run, 0 if records == CHUNK else 1, last, records)
        elif run.stage <= len(distinct):
            await store.add(tx, run, await store.compare(tx, run, sheet, distinct[run.stage - 1], agencies))
            await store.move(tx, run, run.stage + 1, None, 0)
        else:
            found_, gone = await store.finish(tx, run)
            await events.append(
                tx, WHO, register.name, QualityMeasured(register=register.name, day=day, records=run.records, found=found_, gone=gone)
            )
        return True


def _today(tx: ReadTx) -> date:
    return tx.node.country.local_date(tx.now)


def _sheet(tx: ReadTx, register: Register, taken: int) -> Sheet:
    country, day = tx.node.country, _today(tx)
    units = directory_of(country).units_on(day)
    keys = {known.name: known.key for known in description.all_of(country)}
    return Sheet(register, Known(day, units, place_numbers(country), keys), taken)


async def judge(tx: ReadTx, register: Register, key: str) -> set[str]:
    """The codes of the rules that one record breaks at this moment."""
    return await store.judge(tx, _sheet(tx, register, store.JUDGE_VALUES), key)


async def close_kept(tx: WriteTx, register: Register, key: str) -> set[str]:
    """Findings of a record that keeps their rules now are fixed at once. Returns what it still breaks."""
    broken = await judge(tx, register, key)
    await store.close_kept(tx, register.name, key, broken, _today(tx))
    return broken


async def standing(tx: ReadTx, register: Register, quality: Quality) -> Standing | None:
    """The newest finished run beside one a week older, or else the oldest there is. None before the first."""
    runs = await store.finished(tx, register.name, HISTORY)
    if not runs:
        return None
    newest = runs[0]
    older = next((run for run in runs[1:] if newest.day - run.day >= WEEK), runs[-1] if len(runs) > 1 else None)
    found = await store.totals(tx, register.name, [newest.day, *([older.day] if older else [])])
    words, before = (rules.by_word(found.get(run.day, []), quality.rules) if run else {} for run in (newest, older))
    return Standing(
        register=register.name, day=newest.day, records=newest.records, words=words, before=before, before_on=older.day if older else None
    )


async def history(tx: ReadTx, register: Register, quality: Quality) -> list[Standing]:
    """The last nights, newest first."""
    runs = await store.finished(tx, register.name, HISTORY)
    found = await store.totals(tx, register.name, [run.day for run in runs])
    return [
        Standing(register=register.name, day=run.day, records=run.records, words=rules.by_word(found.get(run.day, []), quality.rules), before={})
        for run in runs
    ]


async def measures(tx: ReadTx, register: Register, day: date) -> list[Measure]:
    return await store.measures_of(tx, register.name, day)


async def work_of(tx: ReadTx, register: Register) -> tuple[dict[str, int], dict[str, int]]:
    """By agency: findings that wait, and values put right in the last year, from the queue and by cases. The findings and the queue's
    corrections are shown to the keeper's officials only, by row-level security.
    """
    since, keeper = _today(tx) - YEAR, register.quality.agency if register.quality else ""
    corrected = await store.corrected_by_agency(tx, register.name, since)
    agencies = answering(tx.node.country, _today(tx))
    for unit, made in await store.corrected_by_unit(tx, register, since):
        agency = agencies.get(unit, keeper)
        corrected[agency] = corrected.get(agency, 0) + made
    return await store.open_by_agency(tx, register.name), corrected


def is_keeper(who: Caller, quality: Quality) -> bool:
    """Whether the caller's agency keeps this register, in a post that has the duty. The verbs read the grant afresh."""
    return who.agency == quality.agency and who.has("keep")
