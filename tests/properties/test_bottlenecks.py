"""Laws of working time and of the fold of a case's events."""

import itertools
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dinh.cases.bottlenecks import work_at, working_minutes
from dinh.cases.bottlenecks.contracts import WAY, Ground, Happened, Pace, Stage
from dinh.cases.bottlenecks.rules import bucket_of, columns, day_minutes, fold, minutes_of, needs, wrapped
from dinh.cases.clocks import Calendar, calendar_of, is_working
from dinh.kernel import country

COUNTRIES = Path(__file__).resolve().parents[2] / "countries"
OFFICES = [calendar_of(country.load(COUNTRIES, code), name) for code, name in (("vn", "vn-office"), ("example", "town-hall"))]
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 30))
CALENDARS = st.sampled_from(OFFICES)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (datetime(2026, 11, 20, 9, 0), datetime(2026, 11, 20, 10, 30), 90),
        (datetime(2026, 11, 20, 11, 0), datetime(2026, 11, 20, 13, 30), 60),  # the midday break between
        (datetime(2026, 11, 20, 16, 0), datetime(2026, 11, 23, 8, 30), 120),  # a weekend between
        (datetime(2026, 11, 23, 16, 0), datetime(2026, 11, 25, 8, 30), 120),  # 24 November is a holiday
        (datetime(2026, 11, 21, 0, 0), datetime(2026, 11, 23, 0, 0), 0),
        (datetime(2026, 8, 22, 7, 30), datetime(2026, 8, 22, 17, 0), 480),  # a Saturday that is worked
        (datetime(2026, 2, 13, 17, 0), datetime(2026, 2, 23, 7, 30), 0),  # Tet
    ],
)
def test_working_minutes_as_counted_by_hand(start: datetime, end: datetime, minutes: int) -> None:
    assert working_minutes(OFFICES[0], start, end) == minutes


@settings(deadline=None)
@given(CALENDARS, st.lists(MOMENTS, min_size=2, max_size=6))
def test_working_time_is_additive_over_hand_overs(calendar: Calendar, moments: list[datetime]) -> None:
    turns = sorted(moments)
    parts = [working_minutes(calendar, start, end) for start, end in itertools.pairwise(turns)]
    assert sum(parts) == working_minutes(calendar, turns[0], turns[-1])
    assert all(part >= 0 for part in parts)


@settings(deadline=None)
@given(CALENDARS, MOMENTS, st.timedeltas(timedelta(), timedelta(days=20)))
def test_working_time_grows_and_never_faster_than_the_clock(calendar: Calendar, start: datetime, step: timedelta) -> None:
    end = min(start + step, datetime(2026, 12, 31))
    assert 0 <= working_minutes(calendar, start, end) <= (end - start) / timedelta(minutes=1) + 1


@settings(deadline=None)
@given(CALENDARS, MOMENTS)
def test_a_day_has_its_hours_or_none(calendar: Calendar, moment: datetime) -> None:
    midnight = datetime.combine(moment.date(), time())
    expected = day_minutes(calendar) if is_working(calendar, moment.date()) else 0
    assert working_minutes(calendar, midnight, midnight + DAY) == expected


@settings(deadline=None)
@given(CALENDARS, st.lists(MOMENTS, min_size=1, max_size=20), MOMENTS)
def test_the_waiting_of_many_is_one_subtraction(calendar: Calendar, starts: list[datetime], now: datetime) -> None:
    """What `backlog` rests on."""
    starts = [min(start, now) for start in starts]
    together = len(starts) * work_at(calendar, now) - sum(work_at(calendar, start) for start in starts)
    assert together == sum(working_minutes(calendar, start, now) for start in starts)


def test_days_that_nobody_has_decided_are_an_error() -> None:
    with pytest.raises(ValueError, match="says nothing about 2030"):
        work_at(OFFICES[0], datetime(2030, 1, 2))


# The fold

GROUND = Ground(lambda _procedure, _day: OFFICES[0], lambda _code: OFFICES[0], lambda unit, duty, _procedure, _day: f"{unit}.{duty}r")
TURNS: dict[str, dict[str, Any]] = {
    "accepted": {}, "checked": {"checks": 1}, "proposed": {"outcome": "approve"}, "supplement_requested": {}, "supplement_answered": {},
    "handed_over": {"from_post": "u.officer", "to_post": "u.other"}, "extended": {"due_on": "2026-06-30"}, "returned_to_handler": {}, "decided": {"outcome": "approve"},
    "something_new": {"x": 1}, "transferred": {"from_unit": "u", "to_unit": "v", "basis": "x"}, "settled": {"on_time": True, "due_on": "2026-06-01"}, "withdrawn": {}, "stopped": {}, "turned_down": {},
}  # fmt: skip
ENDS = {"settled", "withdrawn", "stopped", "turned_down"}
STEPS = st.lists(st.tuples(st.sampled_from(sorted(TURNS)), st.timedeltas(timedelta(), timedelta(days=4))), max_size=12)


def _run(steps: list[tuple[str, timedelta]], channel: str = "online") -> tuple[list[Stage], list[tuple[str, datetime]], int]:
    """The intervals after all turns, the turns with their times, and how often the case ended."""
    at = datetime(2026, 3, 2, 8, 0)
    happened = [("received", at)]
    stages: dict[int, Stage] = {}
    current, endings = None, 0
    for action, pause in [("received", timedelta()), *steps]:
        at += pause
        payload = {"unit": "u", "procedure": "p", "channel": channel, "due_on": "2026-06-01"} if action == "received" else TURNS[action]
        changed, ending = fold(current, Happened(action, "c", at, "u.officer", payload), GROUND)
        stages |= {stage.number: stage for stage in changed}
        current = changed[-1] if changed else current
        current = None if current and current.ended_at else current
        endings += ending is not None
        happened.append((action, at))
    return [stages[number] for number in sorted(stages)], happened[1:], endings


@settings(deadline=None)
@given(STEPS, st.sampled_from(["online", "direct"]))
def test_intervals_follow_each_other_without_a_gap_and_add_up(steps: list[tuple[str, timedelta]], channel: str) -> None:
    stages, happened, endings = _run(steps, channel)
    assert [stage.number for stage in stages] == list(range(1, len(stages) + 1))
    assert all(before.ended_at == after.started_at for before, after in itertools.pairwise(stages))
    assert all(stage.ended_at is not None for stage in stages[:-1])
    ended = next((at for action, at in happened if action in ENDS), None)
    assert (stages[-1].ended_at, endings) == (ended, 1 if ended else 0)
    if ended:
        assert sum(stage.minutes or 0 for stage in stages) == working_minutes(OFFICES[0], stages[0].started_at, ended)


@settings(deadline=None)
@given(STEPS)
def test_what_came_after_the_end_changes_nothing(steps: list[tuple[str, timedelta]]) -> None:
    stages, _, _ = _run([*steps, ("settled", timedelta())])
    again, _, _ = _run([*steps, ("settled", timedelta()), ("accepted", DAY), ("decided", DAY), ("settled", DAY)])
    assert again == stages


def test_each_stage_goes_to_the_post_that_had_it() -> None:
    hour = timedelta(hours=1)
    steps = [
        ("accepted", hour), ("supplement_requested", hour), ("supplement_answered", DAY), ("handed_over", hour), ("proposed", hour),
        ("returned_to_handler", hour), ("proposed", hour), ("decided", hour), ("settled", hour),
    ]  # fmt: skip
    stages, _, _ = _run(steps)
    assert [(stage.stage, stage.post) for stage in stages] == [
        ("acceptance", "u.officer"), ("handling", "u.officer"), ("paused", "applicant"), ("handling", "u.officer"), ("handling", "u.other"),
        ("decision", "u.decider"), ("handling", "u.officer"), ("decision", "u.officer"), ("carrying_out", "platform"),
    ]  # fmt: skip


def test_a_paused_case_that_is_handed_over_stays_with_its_applicant_and_comes_back_to_the_new_post() -> None:
    stages, _, _ = _run([("accepted", DAY), ("supplement_requested", DAY), ("handed_over", DAY), ("supplement_answered", DAY)])
    assert [(stage.stage, stage.post) for stage in stages[2:]] == [("paused", "applicant"), ("handling", "u.other")]


def test_a_supplement_before_anyone_took_the_case_on_comes_back_to_nobody() -> None:
    stages, _, _ = _run([("supplement_requested", DAY), ("supplement_answered", DAY), ("accepted", DAY)])
    assert [(stage.stage, stage.post) for stage in stages[1:]] == [("paused", "applicant"), ("acceptance", "u.officer"), ("handling", "u.officer")]


def test_a_case_of_a_merged_unit_goes_on_in_its_successor() -> None:
    stages, _, _ = _run([("accepted", DAY), ("supplement_requested", DAY), ("transferred", DAY), ("supplement_answered", DAY)])
    assert [(stage.unit, stage.stage, stage.post) for stage in stages[2:]] == [
        ("u", "paused", "applicant"), ("v", "paused", "applicant"), ("v", "handling", "v.officer"),
    ]  # fmt: skip
    moved, _, _ = _run([("accepted", DAY), ("transferred", DAY)])
    assert (moved[-1].unit, moved[-1].post, moved[-1].ended_at) == ("v", "v.officer", None)


def test_until_someone_takes_it_on_it_waits_for_the_post_that_ought_to() -> None:
    assert [(stage.stage, stage.post, stage.handler) for stage in _run([])[0]] == [("acceptance", "u.handler", "")]
    assert [(stage.stage, stage.post, stage.handler) for stage in _run([], "direct")[0]] == [("handling", "u.officer", "u.officer")]


def test_a_new_date_moves_the_due_day_and_stays_in_the_stage() -> None:
    stages, _, _ = _run([("accepted", DAY), ("extended", DAY)])
    assert [stage.due_on for stage in stages] == [date(2026, 6, 1), date(2026, 6, 30)]
    assert stages[-1].due_work == work_at(OFFICES[0], datetime(2026, 6, 30, 17, 0))
    assert stages[-1].stage == "handling"


# The usual pace


@settings(deadline=None)
@given(st.integers(0, 500_000))
def test_a_bucket_is_within_a_fortieth_of_what_fell_into_it(minutes: int) -> None:
    assert abs(minutes_of(bucket_of(minutes)) - minutes) <= 0.5 + (minutes + 1) * 0.026


def test_what_a_case_still_needs_is_its_stage_and_those_after() -> None:
    found = needs([*(Pace("p", name, 10**at, 1) for at, name in enumerate(WAY)), Pace("p", "paused", 7, 1)])
    assert found == {("p", "acceptance"): 1111, ("p", "handling"): 1110, ("p", "decision"): 1100, ("p", "carrying_out"): 1000}


@settings(deadline=None)
@given(st.integers(1, 400))
def test_a_map_is_compact(tiles: int) -> None:
    wide = columns(tiles)
    assert wide * -(-tiles // wide) - tiles < wide
    assert wide <= 12
    assert -(-tiles // wide) <= wide or wide == 12


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", categories=["L", "Zs"]), max_size=60))
def test_a_name_fits_its_tile(name: str) -> None:
    assert len(wrapped(name)) <= 3
    assert all(len(line) <= 12 for line in wrapped(name))
