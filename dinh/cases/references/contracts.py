"""A reference: `$answers.child_name`, `$steps.entry.registered_on|short_date`."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from dinh.kernel.languages import Language

# What is known about a case, by root: answers, persons, asked, steps, case, decision, paper.
Facts = Mapping[str, Any]
# Which names there are below each root, known before any case is: a mapping, or None where a value stands.
Shape = Mapping[str, Any]


class Filter(msgspec.Struct, frozen=True):
    name: str
    number: int | None


class Reference(msgspec.Struct, frozen=True):
    path: tuple[str, ...]
    filters: tuple[Filter, ...]


class Words(msgspec.Struct, frozen=True):
    """How a filter words a value: by a language, and by the full name of a unit's code."""

    language: Language
    place: Callable[[str], str]
