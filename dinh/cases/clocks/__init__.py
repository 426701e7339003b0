"""Working time: calendars as data, one function for every deadline."""

from dinh.cases.clocks.contracts import Calendar, Due
from dinh.cases.clocks.rules import add_working_days, due, is_working, working_days_left
from dinh.cases.clocks.service import calendar_of

__all__ = ["Calendar", "Due", "add_working_days", "calendar_of", "due", "is_working", "working_days_left"]
