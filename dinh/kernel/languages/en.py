"""English, as written for the public."""

import unicodedata
from datetime import date, datetime

code = "en"
own_name = "English"

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def fold(text: str) -> str:
    marks = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return " ".join("".join(mark for mark in marks if not unicodedata.combining(mark)).split())


def sort_key(text: str) -> str:
    return fold(text)


def long_date(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {short_date(day)}"


def short_date(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def month(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.year}"


def moment(at: datetime) -> str:
    return f"{short_date(at.date())}, {at:%H:%M}"


def number(value: int) -> str:
    return f"{value:,}"


def decimal(value: float) -> str:
    """One place: `1.5`."""
    return f"{value:,.1f}"


def money(minor: int, decimals: int, word: str) -> str:
    whole, part = divmod(minor, 10**decimals)
    return f"{word} {number(whole)}" + (f".{part:0{decimals}d}" if decimals else "")


def date_in_words(day: date) -> str:
    return short_date(day)
