"""Fold the spine into intervals, and say where it is slow."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from dinh.cases.bottlenecks import rules, store
from dinh.cases.bottlenecks.contracts import Ending, Ground, Happened, Held, Pace, Place, Stage, StageName, UnitLoad, Week
from dinh.cases.bottlenecks.store import BacklogKey
from dinh.cases.clocks import Calendar, calendar_of
from dinh.cases.procedures import catalogue_of
from dinh.kernel import events
from dinh.kernel.caller import Caller, system
from dinh.kernel.country import Country
from dinh.kernel.errors import NotFound
from dinh.kernel.events import Recorded
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices import directory_of, responsible_post

FAMILY = "cases:case:"
WEEKS = 12
# The usual pace is that of the months since this many days ago.
PACE_DAYS = 90
BATCH = 500
LATE_SHOWN = 200
ACTIONS_SHOWN = 3


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """`longest` is the case that waits longest at the slowest place, `done` its last events. `day_minutes` make a working day."""

    places: list[Place]
    units: list[UnitLoad]
    ranked: list[Place]
    weeks: list[Week]
    paces: list[Pace]
    longest: Held | None
    done: Sequence[Recorded]
    day_minutes: int
    as_of: tuple[int, datetime] | None

    @property
    def cases(self) -> int:
        return sum(place.cases for place in self.places)

    @property
    def late(self) -> int:
        return sum(place.late for place in self.places)

    @property
    def at_risk(self) -> int:
        return sum(place.at_risk for place in self.places)

    @property
    def lateness(self) -> int:
        return sum(place.lateness for place in self.places)


class _Fold:
    """One batch: where its cases stood before, and what changes."""

    def __init__(self, country: Country, before: dict[str, Stage]) -> None:
        self.country, self.before, self.current = country, before, dict(before)
        self.touched: dict[tuple[str, int], Stage] = {}
        self.flow: defaultdict[tuple[str, date], list[int]] = defaultdict(lambda: [0, 0, 0])
        self._ground = _ground(country)

    def take(self, event: Recorded) -> None:
        code = event.subject
        happened = Happened(
            event.type.rpartition(":")[2], code, self.country.local(event.occurred_at), event.post or "", msgspec.json.decode(event.payload)
        )
        changed, ending = rules.fold(self.current.get(code), happened, self._ground)
        for stage in changed:
            self.touched[code, stage.number] = stage
            self.current[code] = stage
        if happened.action == "received" and changed:
            self.flow[changed[0].unit, rules.monday(event.local_date)][0] += 1
        if ending:
            self._end(code, ending)

    def _end(self, code: str, ending: Ending) -> None:
        del self.current[code]
        week = self.flow[ending.unit, rules.monday(ending.on)]
        week[1] += 1
        week[2] += ending.on_time

    def backlog(self) -> dict[BacklogKey, tuple[int, int]]:
        """What leaves the open cases and what joins them."""
        cases: Counter[BacklogKey] = Counter()
        work: Counter[BacklogKey] = Counter()
        for sign, stages in ((-1, self.before), (1, self.current)):
            for stage in stages.values():
                key = (stage.unit, stage.procedure, stage.calendar, stage.stage, stage.post, stage.due_on, stage.due_work)
                cases[key] += sign
                work[key] += sign * stage.started_work
        return {key: (cases[key], work[key]) for key in cases if cases[key] or work[key]}

    def pace(self) -> Counter[tuple[date, str, str, int]]:
        found: Counter[tuple[date, str, str, int]] = Counter()
        for stage in self.touched.values():
            if stage.ended_at is not None and stage.minutes is not None:
                month = self.country.local_date(stage.ended_at).replace(day=1)
                found[month, stage.procedure, stage.stage, rules.bucket_of(stage.minutes)] += 1
        return found


def _ground(country: Country) -> Ground:
    def calendar_for(procedure: str, day: date) -> Calendar:
        versions = catalogue_of(country).versions[procedure]
        version = next((version for version in versions if version.valid(day)), versions[-1])
        return calendar_of(country, version.deadline.calendar)

    return Ground(
        calendar_for=calendar_for,
        calendar=lambda code: calendar_of(country, code),
        responsible=lambda unit, duty, procedure, day: responsible_post(country, unit, duty, procedure, day) or "",
    )


async def follow_stages(node: Node) -> int:
    """Fold the next batch of the spine. Position and intervals move together, so that nothing is folded twice."""
    async with node.write(system("bottlenecks")) as tx:
        recorded = await events.follow(tx, store.READER, BATCH)
        if recorded:
            await _fold(tx, [event for event in recorded if event.type.startswith(FAMILY)])
            await store.note_folded(tx, recorded[-1].position or 0)
        if len(recorded) < BATCH:
            await _sum_up(tx)
        return len(recorded)


async def _sum_up(tx: WriteTx) -> None:
    """What pages read, as of now. Where there is much to add up, a second apart at least."""
    state = await store.folded(tx)
    if state is None or not rules.sums_are_old(tx.now - state.summed_at, state.summed_rows, new=state.position != state.summed_position):
        return
    country, today = tx.node.country, tx.node.country.local_date(tx.now)
    await store.make_usual(tx, (today - timedelta(days=PACE_DAYS)).replace(day=1))
    needs = rules.needs(_paces(await store.usual(tx)))
    limits = {
        (code, *key): rules.work_at(calendar, country.local(tx.now)) + needed
        for code, calendar in _calendars(country).items()
        for key, needed in needs.items()
    }
    await store.make_sums(tx, today, limits)


def _paces(rows: Iterable[Mapping[str, Any]]) -> list[Pace]:
    return [Pace(row["procedure"], row["stage"], rules.minutes_of(row["bucket"]), row["intervals"]) for row in rows]


def _calendars(country: Country) -> dict[str, Calendar]:
    codes = {version.deadline.calendar for versions in catalogue_of(country).versions.values() for version in versions}
    return {code: calendar_of(country, code) for code in codes}


async def _fold(tx: WriteTx, recorded: list[Recorded]) -> None:
    if not recorded:
        return
    batch = _Fold(tx.node.country, await store.open_stages(tx, list({event.subject for event in recorded})))
    for event in recorded:
        batch.take(event)
    await store.put_stages(tx, list(batch.touched.values()))
    await store.add_backlog(tx, batch.backlog())
    await store.add_flow(tx, batch.flow)
    await store.add_pace(tx, batch.pace())


async def rebuild_stages(node: Node) -> int:
    """Fold everything again from the first event. Returns how many events were read."""
    async with node.write(system("bottlenecks")) as tx:
        # The reader's lock first: a worker that is folding finishes before the intervals are cleared.
        await events.rewind(tx, store.READER)
        await store.clear(tx)
    read = 0
    while batch := await follow_stages(node):
        read += batch
    return read


async def overview(tx: ReadTx, who: Caller, unit: str | None = None) -> Overview:
    """All that the caller oversees, or one unit of it. Raises NotFound, recorded, for a unit that they do not."""
    if unit is not None:
        check_overseen(who, unit)
    country, today, calendars = tx.node.country, tx.node.country.local_date(tx.now), _calendars(tx.node.country)
    work_now = {code: rules.work_at(calendar, country.local(tx.now)) for code, calendar in calendars.items()}
    places, state = _places(await store.sums(tx, unit), work_now), await store.folded(tx)
    ranked = rules.ranked(places)
    longest = await store.longest_held(tx, ranked[0]) if ranked else None
    return Overview(
        places=places, units=rules.by_unit(places, [unit] if unit else _units_today(tx, who)), ranked=ranked,
        weeks=await store.weeks(tx, unit, rules.monday(today) - timedelta(weeks=WEEKS - 1)), paces=_paces(await store.usual(tx)), longest=longest,
        done=await _last_actions(tx, longest), day_minutes=max((rules.day_minutes(calendar) for calendar in calendars.values()), default=0),
        as_of=(state.summed_position, state.summed_at) if state else None,
    )  # fmt: skip


def _places(sums: list[store.Sums], work_now: dict[str, int]) -> list[Place]:
    """Waiting and lateness of all cases of a place at once: so many times now, less the sum of their beginnings."""
    found: dict[tuple[str, StageName, str], Place] = {}
    for one in sums:
        have = found.get((one.unit, one.stage, one.post))
        waiting, lateness = one.cases * work_now[one.calendar] - one.started_work, one.late * work_now[one.calendar] - one.due_work_late
        found[one.unit, one.stage, one.post] = Place(
            unit=one.unit, stage=one.stage, post=one.post, cases=one.cases + (have.cases if have else 0), late=one.late + (have.late if have else 0),
            waiting=waiting + (have.waiting if have else 0), lateness=lateness + (have.lateness if have else 0),
            at_risk=one.at_risk + (have.at_risk if have else 0),
        )  # fmt: skip
    return list(found.values())


def _units_today(tx: ReadTx, who: Caller) -> list[str]:
    """The units that handle cases: those below the caller's, or the caller's own."""
    own = who.oversees[0]
    return [unit.code for unit in directory_of(tx.node.country).covered_units(own, tx.node.country.local_date(tx.now))] or [own]


async def _last_actions(tx: ReadTx, held: Held | None) -> Sequence[Recorded]:
    history = await events.read_history(tx, held.case_code) if held else []
    return [event for event in history if event.type.startswith(FAMILY)][-ACTIONS_SHOWN:]


async def late_cases(tx: ReadTx, who: Caller, unit: str) -> tuple[list[Held], int]:
    """The longest overdue first, 200 at most, and how many there are. Raises NotFound, recorded, for a unit that the caller does not oversee."""
    check_overseen(who, unit)
    return await store.late_cases(tx, unit, tx.node.country.local_date(tx.now), LATE_SHOWN)


def check_overseen(who: Caller, unit: str) -> None:
    if unit not in who.oversees:
        raise NotFound(subject=f"unit:{unit[:60]}")
