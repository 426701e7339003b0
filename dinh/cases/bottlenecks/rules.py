"""Working time, and the fold of a case's events into intervals."""

import math
import textwrap
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import accumulate

import msgspec

from dinh.cases.bottlenecks.contracts import APPLICANT, PLATFORM, WAY, Ending, Ground, Happened, Pace, Place, Stage, StageName, UnitLoad
from dinh.cases.clocks import Calendar, is_working

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
FEW_ROWS = 2_000
WIDEST = 12
ENDS = {"settled", "stopped", "withdrawn", "turned_down"}
# Two durations in one bucket differ by a twentieth at most.
STEP = math.log(1.05)


# Working time


def day_minutes(calendar: Calendar) -> int:
    """A whole working day."""
    return sum(_minutes(closes) - _minutes(opens) for opens, closes in _hours(calendar))


def _hours(calendar: Calendar) -> tuple[tuple[time, time], ...]:
    return calendar.hours or ((calendar.opens, calendar.closes),)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


@cache
def _days(calendar: Calendar) -> tuple[date, list[int]]:
    """The first day of the calendar, and how many working days lie before each of its days."""
    first, last = date(min(calendar.years), 1, 1), date(max(calendar.years), 12, 31)
    days = [first + DAY * step for step in range((last - first).days + 1)]
    return first, [0, *accumulate(day.year in calendar.years and is_working(calendar, day) for day in days)]


def work_at(calendar: Calendar, at: datetime) -> int:
    """Working minutes from the calendar's first day until `at`, on the country's clocks. Raises ValueError outside its years."""
    working = is_working(calendar, at.date())
    first, before = _days(calendar)
    whole = before[(at.date() - first).days] * day_minutes(calendar)
    return whole + (sum(_until(at.time(), opens, closes) for opens, closes in _hours(calendar)) if working else 0)


def _until(now: time, opens: time, closes: time) -> int:
    return max(min(_minutes(now), _minutes(closes)) - _minutes(opens), 0)


def working_minutes(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Never negative for `start` before `end`; the parts of an interval add up to it exactly."""
    return work_at(calendar, end) - work_at(calendar, start)


def due_work(calendar: Calendar, due_on: date) -> int:
    """The end of the due day."""
    return work_at(calendar, datetime.combine(due_on, calendar.closes))


# The fold


def fold(stage: Stage | None, event: Happened, ground: Ground) -> tuple[list[Stage], Ending | None]:
    """The intervals that this event closed, opened or changed, the newest last. An event that says nothing about the way changes none."""
    if event.action == "received":
        return ([_opened(event, ground)], None) if stage is None else ([], None)
    if stage is None:
        return [], None
    before, stage = stage, _moved(stage, event, ground)
    if event.action in ENDS:
        on_time = bool(event.payload.get("on_time", event.at.date() <= stage.due_on))
        return [_closed(stage, event, ground)], Ending(stage.unit, event.at.date(), on_time)
    following = _following(stage, event, ground)
    if following is None:
        return [stage] if stage != before else [], None
    return [_closed(stage, event, ground), following], None


def _opened(event: Happened, ground: Ground) -> Stage:
    """At the counter the officer who enters it has it; online nobody yet, and the unit's handling post ought to."""
    unit, procedure, day = event.payload["unit"], event.payload["procedure"], event.at.date()
    calendar, due_on = ground.calendar_for(procedure, day), date.fromisoformat(event.payload["due_on"])
    handler = event.post if event.payload["channel"] != "online" else ""
    return Stage(
        case_code=event.case_code, number=1, unit=unit, procedure=procedure, calendar=calendar.code, stage="handling" if handler else "acceptance",
        post=handler or ground.responsible(unit, "handle", procedure, day), handler=handler, due_on=due_on, due_work=due_work(calendar, due_on),
        started_at=event.at, started_work=work_at(calendar, event.at),
    )  # fmt: skip


def _moved(stage: Stage, event: Happened, ground: Ground) -> Stage:
    """What changes within the interval: the due day, and whom a paused case comes back to."""
    if event.action == "handed_over" and stage.stage == "paused":
        return msgspec.structs.replace(stage, handler=str(event.payload.get("to_post") or stage.handler))
    if event.action == "settled" or not event.payload.get("due_on"):
        return stage
    due_on = date.fromisoformat(event.payload["due_on"])
    return msgspec.structs.replace(stage, due_on=due_on, due_work=due_work(ground.calendar(stage.calendar), due_on))


def _closed(stage: Stage, event: Happened, ground: Ground) -> Stage:
    """Who took the step had the case, whoever was expected to."""
    end = max(event.at, stage.started_at)
    minutes = max(work_at(ground.calendar(stage.calendar), end) - stage.started_work, 0)
    acted = event.action in {"accepted", "decided"} and event.post
    return msgspec.structs.replace(stage, ended_at=end, minutes=minutes, post=event.post if acted else stage.post)


def _following(stage: Stage, event: Happened, ground: Ground) -> Stage | None:
    """The next interval, or None when the event leaves the case where it is."""
    if event.action == "transferred":
        return _transferred(stage, event, ground)
    to = str(event.payload.get("to_post") or "")
    step: tuple[StageName, str, str] | None = None
    match event.action:
        case "accepted":
            step = "handling", event.post, event.post
        case "handed_over" if stage.stage != "paused":
            step = "handling", to or stage.handler, to or stage.handler
        case "returned_to_handler" | "supplement_answered" if to or stage.handler:
            step = "handling", to or stage.handler, to or stage.handler
        case "supplement_answered":
            step = "acceptance", ground.responsible(stage.unit, "handle", stage.procedure, event.at.date()), ""
        case "proposed":
            step = "decision", to or ground.responsible(stage.unit, "decide", stage.procedure, event.at.date()), event.post
        case "decided":
            step = "carrying_out", PLATFORM, stage.handler
        case "supplement_requested":
            step = "paused", APPLICANT, stage.handler
    return _next(stage, event, ground, *step) if step else None


def _next(stage: Stage, event: Happened, ground: Ground, name: StageName, post: str, handler: str) -> Stage:
    started = max(event.at, stage.started_at)
    return msgspec.structs.replace(
        stage, number=stage.number + 1, stage=name, post=post, handler=handler, started_at=started,
        started_work=work_at(ground.calendar(stage.calendar), started),
    )  # fmt: skip


def _transferred(stage: Stage, event: Happened, ground: Ground) -> Stage:
    """The same stage goes on in the unit that succeeded, with the post of the same name."""
    unit = str(event.payload["to_unit"])
    post, handler = (
        held.replace(f"{stage.unit}.", f"{unit}.", 1) if held.startswith(f"{stage.unit}.") else held for held in (stage.post, stage.handler)
    )
    return msgspec.structs.replace(_next(stage, event, ground, stage.stage, post, handler), unit=unit)


# The usual pace


def bucket_of(minutes: int) -> int:
    return round(math.log1p(minutes) / STEP)


def minutes_of(bucket: int) -> int:
    """The duration that a bucket stands for."""
    return round(math.expm1(bucket * STEP))


def remaining(medians: dict[tuple[str, str], int], procedure: str, stage: str) -> int:
    """How long a case of this procedure usually takes from the beginning of this stage to its end; nothing while nothing is known."""
    return sum(medians.get((procedure, name), 0) for name in WAY[WAY.index(stage) :]) if stage in WAY else 0


def needs(paces: Iterable[Pace]) -> dict[tuple[str, str], int]:
    """By procedure and stage: how long it usually is from there to the end."""
    medians: dict[tuple[str, str], int] = {(pace.procedure, pace.stage): pace.minutes for pace in paces}
    return {key: remaining(medians, *key) for key in medians if key[1] in WAY}


def sums_are_old(age: timedelta, rows: int, *, new: bool) -> bool:
    """After new events at once, a second apart where there are many rows; otherwise every minute. A clock that was set back counts as old."""
    return age >= MINUTE or age < timedelta() or (new and (rows <= FEW_ROWS or age >= SECOND))


def monday(day: date) -> date:
    return day - DAY * day.weekday()


# What the page says


def ranked(places: Iterable[Place]) -> list[Place]:
    """The most lateness first, then the most waiting. What waits for the applicant is nobody's slowness."""
    return sorted(
        (place for place in places if place.stage != "paused"), key=lambda place: (-place.lateness, -place.waiting, place.unit, place.stage)
    )


def by_unit(places: Iterable[Place], units: Iterable[str]) -> list[UnitLoad]:
    """Every unit, in the order given."""
    loads = {unit: UnitLoad(unit, 0, 0, 0, 0) for unit in units}
    for place in places:
        have = loads.get(place.unit, UnitLoad(place.unit, 0, 0, 0, 0))
        loads[place.unit] = UnitLoad(
            place.unit, have.cases + place.cases, have.late + place.late, have.at_risk + place.at_risk, have.lateness + place.lateness
        )
    return list(loads.values())


def columns(tiles: int) -> int:
    """Of a map a little wider than high, and no wider than a page."""
    return min(math.ceil(math.sqrt(tiles * 4 / 3)), WIDEST) or 1


@cache
def wrapped(name: str) -> tuple[str, ...]:
    """A name on a tile: three short lines at most."""
    return tuple(textwrap.wrap(name, 12, max_lines=3, placeholder="…"))
