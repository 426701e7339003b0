"""Working time: calendars as data, one function for every deadline."""

from dinh.cases.clocks.contracts import Calendar, Due, Pause
from dinh.cases.clocks.rules import add_working_days, closing, counting_day, due, due_after, due_by, is_working, working_days_left
from dinh.cases.clocks.service import calendar_of, days_left

__all__ = [
    "Calendar",
    "Due",
    "Pause",
    "add_working_days",
    "calendar_of",
    "closing",
    "counting_day",
    "days_left",
    "due",
    "due_after",
    "due_by",
    "is_working",
    "working_days_left",
]
