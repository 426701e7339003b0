"""Deadlines in working days: pure, and the only place that counts them."""

from datetime import date, datetime, time, timedelta

from dinh.cases.clocks.contracts import Calendar, Due

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


def due(calendar: Calendar, received: datetime, days: int, cutoff: time) -> Due:
    """`received` on the country's clocks. Past the cut-off, or outside working days, the next working day counts as the day of receipt."""
    day = received.date()
    late = received.time() > cutoff
    if late or not is_working(calendar, day):
        day = next_working(calendar, day)
    on = add_working_days(calendar, day, days)
    at = datetime.combine(on, calendar.closes, tzinfo=received.tzinfo)
    return Due(on, at, day, late and is_working(calendar, received.date()), on.year in calendar.provisional)


def working_days_left(calendar: Calendar, today: date, on: date) -> int:
    """Working days from tomorrow to the due day; 0 on the day itself; negative when late."""
    if on < today:
        return -sum(is_working(calendar, on + DAY * step) for step in range(1, (today - on).days + 1))
    return sum(is_working(calendar, today + DAY * step) for step in range(1, (on - today).days + 1))
