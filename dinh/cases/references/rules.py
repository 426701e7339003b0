"""Reading, evaluating and checking references. Evaluating is total: whatever the facts are, it answers and never raises."""

import calendar
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from dinh.cases.references.contracts import Facts, Filter, Reference, Shape, Words
from dinh.kernel.content import Fault

# A mapping with this key stands only when the reference has a value; else the whole mapping is absent.
IF = "$if"
_FORM = re.compile(r"\$([a-z_]+(?:\.[A-Za-z0-9_]+)*)((?:\|[a-z_]+(?::[0-9]{1,3})?)*)")
_EXAMPLE = "a reference such as $answers.name or $decision.day|short_date"


def parse(text: str) -> Reference | None:
    """None for what is not well-formed."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    return Reference(tuple(match[1].split(".")), tuple(_filter(part) for part in match[2].split("|") if part))


def _filter(text: str) -> Filter:
    name, _, number = text.partition(":")
    return Filter(name, int(number) if number else None)


def evaluate(value: Any, facts: Facts, words: Words) -> Any:
    """The value with every reference in it replaced. What is not known is None."""
    if isinstance(value, Mapping):
        if IF in value and evaluate(value[IF], facts, words) in (None, ""):
            return None
        return {name: evaluate(part, facts, words) for name, part in value.items() if name != IF}
    if isinstance(value, list):
        return [evaluate(part, facts, words) for part in value]
    if isinstance(value, str) and value.startswith("$"):
        reference = parse(value)
        return _resolve(reference, facts, words) if reference else None
    return value


def _resolve(reference: Reference, facts: Facts, words: Words) -> Any:
    found: Any = facts
    for name in reference.path:
        found = found.get(name) if isinstance(found, Mapping) else None
    for one in reference.filters:
        known = _FILTERS.get(one.name)
        found = known[0](found, one.number or 0, words) if known else None
    return found


# Filters: what a filter cannot word, it leaves as it is.


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _dated(word: Callable[[date, int, Words], str]) -> Callable[[Any, int, Words], Any]:
    def applied(value: Any, number: int, words: Words) -> Any:
        day = _day(value)
        return word(day, number, words) if day else value

    return applied


def _worded(word: Callable[[str, Words], str]) -> Callable[[Any, int, Words], Any]:
    return lambda value, _, words: word(value, words) if isinstance(value, str) else value


def plus_months(day: date, months: int) -> date:
    """The same day so many months later, or that month's last. The end of the calendar stays the end."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


# Name to function, and whether the name takes a number.
_FILTERS: dict[str, tuple[Callable[[Any, int, Words], Any], bool]] = {
    "short_date": (_dated(lambda day, _, words: words.language.short_date(day)), False),
    "date_in_words": (_dated(lambda day, _, words: words.language.date_in_words(day)), False),
    "year": (_dated(lambda day, _, __: f"{day.year}"), False),
    "plus_months": (_dated(lambda day, months, _: plus_months(day, months).isoformat()), True),
    "upper": (_worded(lambda text, _: text.upper()), False),
    "place": (_worded(lambda code, words: words.place(code)), False),
}


# Before any case: does every reference lead to something?


def faults(value: Any, at: str, shape: Shape) -> Iterator[Fault]:
    """Every reference in `value`, standing at `at`, that no case can fill."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _whole(part, f"{at}.{name}", shape) if name == IF else faults(part, f"{at}.{name}", shape)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from faults(part, f"{at}[{index}]", shape)
    elif isinstance(value, str) and value.startswith("$"):
        yield from _fault(value, at, shape, whole=False)


def _whole(value: Any, at: str, shape: Shape) -> Iterator[Fault]:
    """A condition may name a whole record, such as a person."""
    if isinstance(value, str) and value.startswith("$"):
        yield from _fault(value, at, shape, whole=True)
    else:
        yield at, _EXAMPLE


def _fault(text: str, at: str, shape: Shape, *, whole: bool) -> Iterator[Fault]:
    reference = parse(text)
    if reference is None:
        yield at, _EXAMPLE
        return
    found: Any = shape
    for name in reference.path:
        if not isinstance(found, Mapping) or name not in found:
            yield at, f"{_known(found)}, not {name!r} in {text}"
            return
        found = found[name]
    if found is not None and not whole:
        yield at, f"{_known(found)} after {text}"
    for one in reference.filters:
        if one.name not in _FILTERS:
            yield at, f"a filter of {', '.join(sorted(_FILTERS))}, not {one.name!r}"
        elif (one.number is not None) != _FILTERS[one.name][1]:
            yield at, f"{one.name} {'with' if _FILTERS[one.name][1] else 'without'} a number"


def _known(shape: Any) -> str:
    if not isinstance(shape, Mapping):
        return "nothing more"
    return f"one of {', '.join(sorted(shape))}" if shape else "no name, for there is none here"


def uses(value: Any, path: tuple[str, ...]) -> bool:
    """Whether a reference to this path stands anywhere in it."""
    if isinstance(value, Mapping):
        return any(uses(part, path) for part in value.values())
    if isinstance(value, list):
        return any(uses(part, path) for part in value)
    reference = parse(value) if isinstance(value, str) else None
    return reference is not None and reference.path[: len(path)] == path
