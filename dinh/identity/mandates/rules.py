"""How long a mandate lasts, and what is wrong with one that someone wants to give."""

from collections.abc import Collection
from datetime import date, timedelta

from dinh.identity.mandates.contracts import PARTS, Child, Power

NAME_LETTERS = 120
NUMBER_LETTERS = 20


def plus_years(day: date, years: int) -> date:
    """The same day of another year; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def plus_months(day: date, months: int) -> date:
    """The last day of the month where the same day does not exist."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    following = (first + timedelta(days=32)).replace(day=1)
    return first.replace(day=min(day.day, (following - timedelta(days=1)).day))


def minors(children: list[Child], today: date, adult_years: int) -> list[tuple[Child, date]]:
    """Those who are not of age yet, each with the birthday on which they are."""
    grown = [(child, plus_years(child.birth_date, adult_years)) for child in children]
    return [(child, birthday) for child, birthday in grown if child.birth_date <= today < birthday]


def faults(power: Power, today: date, longest_months: int, known: Collection[str]) -> dict[str, str]:
    """Text keys by field."""
    wrong = {}
    if not power.number or len(power.number) > NUMBER_LETTERS or not power.number.isalnum():
        wrong["number"] = "identity.mandate_number_wrong"
    if not power.name or len(power.name) > NAME_LETTERS:
        wrong["name"] = "kernel.field_missing_text"
    if not power.parts or not set(power.parts) <= set(PARTS):
        wrong["parts"] = "identity.mandate_no_part"
    if not set(power.procedures) <= set(known):
        wrong["procedures"] = "kernel.field_wrong_choice"
    if power.last_day is None:
        wrong["last_day"] = "kernel.field_wrong_date"
    elif not today <= power.last_day <= plus_months(today, longest_months):
        wrong["last_day"] = "identity.mandate_day_wrong"
    return wrong


def day_after(day: date) -> date:
    return day + timedelta(days=1)
