"""Calendars of a country, loaded once a process."""

from datetime import date, datetime
from functools import cache
from pathlib import Path

from dinh.cases.clocks.contracts import WEEKDAYS, Calendar, CalendarFile
from dinh.cases.clocks.rules import working_days_left
from dinh.kernel import content
from dinh.kernel.country import Country


@cache
def _load(folder: Path) -> dict[str, Calendar]:
    files = content.read_all(folder / "calendars", CalendarFile)
    return {file.code: _ready(file) for file in files.values()}


def _ready(file: CalendarFile) -> Calendar:
    return Calendar(
        code=file.code,
        weekdays=frozenset(WEEKDAYS.index(day) for day in file.weekdays),
        opens=min(hours.opens for hours in file.hours),
        closes=max(hours.closes for hours in file.hours),
        holidays=frozenset(holiday.date for year in file.years for holiday in year.holidays),
        worked=frozenset(day for year in file.years for day in year.working_days),
        years=frozenset(year.year for year in file.years),
        provisional=frozenset(year.year for year in file.years if year.provisional),
        hours=tuple(sorted((hours.opens, hours.closes) for hours in file.hours)),
    )


def calendar_of(country: Country, code: str) -> Calendar:
    """Raises KeyError for a calendar that no file declares."""
    return _load(country.folder)[code]


def days_left(country: Country, calendar: str, due_on: date, now: datetime, paused_at: datetime | None) -> int:
    """Working days until the due day, negative when it has passed; a clock that stands counts from when it stopped."""
    return working_days_left(calendar_of(country, calendar), country.local_date(paused_at or now), due_on)
