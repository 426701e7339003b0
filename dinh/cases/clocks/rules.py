"""Deadlines in working days: pure, and the only place that counts them."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

from dinh.cases.clocks.contracts import Calendar, Due, Pause

DAY = timedelta(days=1)


def is_working(calendar: Calendar, day: date) -> bool:
    if day.year not in calendar.years:
        message = f"calendar {calendar.code} says nothing about {day.year}"
        raise ValueError(message)
    if day in calendar.worked:
        return True
    return day.weekday() in calendar.weekdays and day not in calendar.holidays


def next_working(calendar: Calendar, day: date) -> date:
    """The first working day after `day`."""
    day += DAY
    while not is_working(calendar, day):
        day += DAY
    return day


def add_working_days(calendar: Calendar, start: date, days: int) -> date:
    """The `days`-th working day after `start`; with 0, `start` itself if it is one, else the next."""
    if days == 0:
        return start if is_working(calendar, start) else next_working(calendar, start)
    for _ in range(days):
        start = next_working(calendar, start)
    return start


def counting_day(calendar: Calendar, at: datetime, cutoff: time) -> date:
    """The working day that something at this moment belongs to: past the cut-off, or outside working days, the next one."""
    day = at.date()
    return next_working(calendar, day) if at.time() > cutoff or not is_working(calendar, day) else day


def closing(calendar: Calendar, day: date, zone: tzinfo | None) -> datetime:
    """When the offices close that day: what is due on it is late afterwards."""
    return datetime.combine(day, calendar.closes, tzinfo=zone)


def due(calendar: Calendar, received: datetime, days: int, cutoff: time) -> Due:
    """`received` on the country's clocks. Past the cut-off, or outside working days, the next working day counts as the day of receipt."""
    day = counting_day(calendar, received, cutoff)
    late = received.time() > cutoff
    on = add_working_days(calendar, day, days)
    return Due(on, closing(calendar, on, received.tzinfo), day, late and is_working(calendar, received.date()), on.year in calendar.provisional)


def due_by(unit: Literal["working_days", "calendar_days"], calendar: Calendar, received: datetime, days: int, cutoff: time) -> Due:
    """By the unit that the law counts in. Calendar days begin the day after; when the last is not worked, the next working day counts."""
    if unit == "working_days":
        return due(calendar, received, days, cutoff)
    on = add_working_days(calendar, received.date() + DAY * days, 0)
    return Due(
        on,
        closing(calendar, on, received.tzinfo),
        received.date(),
        late_arrival=False,
        provisional=on.year in calendar.provisional,
    )


def working_days_left(calendar: Calendar, today: date, on: date) -> int:
    """Working days from tomorrow to the due day; 0 on the day itself; negative when late."""
    if on < today:
        return -sum(is_working(calendar, on + DAY * step) for step in range(1, (today - on).days + 1))
    return sum(is_working(calendar, today + DAY * step) for step in range(1, (on - today).days + 1))


def due_after(calendar: Calendar, first: Due, cutoff: time, pauses: Iterable[Pause]) -> date:
    """The due day, moved on by every working day that the clock stood still.

    A pause that began when the case was late already changes nothing: it does not make good what is late.
    """
    on = first.on
    for pause in pauses:
        if pause.since.date() <= on:
            began, ended = (max(counting_day(calendar, at, cutoff), first.counted_from) for at in (pause.since, pause.until))
            # After the cut-off of the due day itself there is still that evening: it is not late yet.
            if began > on:
                began, ended = on, on if pause.until.date() <= on else ended
            on = add_working_days(calendar, on, working_days_left(calendar, began, ended))
    return on
