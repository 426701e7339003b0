"""When something is asked, needed or charged: a small typed language over a form's answers and the day of filing.

{field: relation, values: [father]}
{field: child_birth_date, more_than_days_ago: "60"}
{all: [...]}   {any: [...]}   {not: {...}}
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date

import msgspec

Answers = Mapping[str, str]


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"every": "all", "some": "any", "inverse": "not"}):
    """Exactly one of the forms above. A question without an answer has no value, and its date is not long ago."""

    field: str = ""
    values: list[str] | None = None
    more_than_days_ago: int | None = None
    every: list["Condition"] | None = None
    some: list["Condition"] | None = None
    inverse: "Condition | None" = None

    def __post_init__(self) -> None:
        about_field = [self.values, self.more_than_days_ago]
        given = [form for form in (*about_field, self.every, self.some, self.inverse) if form is not None]
        if len(given) != 1 or any(form == [] for form in given) or bool(self.field) != any(form is not None for form in about_field):
            message = "Expected `field` with `values` or `more_than_days_ago`, or one of `all`, `any`, `not`"
            raise ValueError(message)


def holds(condition: Condition | None, answers: Answers, day: date) -> bool:
    """On the day of filing. Total: whatever the answers are, it says yes or no."""
    if condition is None:
        return True
    if condition.every is not None:
        return all(holds(part, answers, day) for part in condition.every)
    if condition.some is not None:
        return any(holds(part, answers, day) for part in condition.some)
    if condition.inverse is not None:
        return not holds(condition.inverse, answers, day)
    answer = str(answers.get(condition.field) or "")
    if condition.more_than_days_ago is not None:
        return _is_long_ago(answer, condition.more_than_days_ago, day)
    return answer in (condition.values or ())


def _is_long_ago(answer: str, days: int, day: date) -> bool:
    try:
        return (day - date.fromisoformat(answer)).days > days
    except ValueError:
        return False


def verdict(condition: Condition | None, answers: Answers, day: date, undecided: AbstractSet[str]) -> bool | None:
    """As `holds`, and None while it hangs on a field that is undecided."""
    if condition is None or not mentioned(condition) & undecided:
        return holds(condition, answers, day)
    if condition.every is not None:
        return _all(verdict(part, answers, day, undecided) for part in condition.every)
    if condition.some is not None:
        found = _all(_opposite(verdict(part, answers, day, undecided)) for part in condition.some)
        return _opposite(found)
    return _opposite(verdict(condition.inverse, answers, day, undecided)) if condition.inverse else None


def _all(parts: Iterable[bool | None]) -> bool | None:
    found = set(parts)
    return False if False in found else None if None in found else True


def _opposite(found: bool | None) -> bool | None:  # noqa: FBT001 - a truth value of three
    return None if found is None else not found


def atoms(condition: Condition | None) -> Iterator[Condition]:
    """The parts that look at one field each."""
    if condition is None:
        return
    parts = [*(condition.every or ()), *(condition.some or ()), *([condition.inverse] if condition.inverse else [])]
    if not parts:
        yield condition
    for part in parts:
        yield from atoms(part)


def mentioned(condition: Condition | None) -> set[str]:
    return {atom.field for atom in atoms(condition)}
