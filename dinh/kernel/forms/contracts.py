"""A form as a country declares it, and which of its questions are asked.

Answers are one flat mapping of texts. An item of a group stands in it as `children.0.name`, one of several files as `papers.0`.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cached_property
from typing import Literal

import msgspec

from dinh.kernel.content import Text
from dinh.kernel.forms.conditions import Answers, Condition, holds, mentioned

FieldKind = Literal["text", "long_text", "date", "partial_date", "choice", "number", "person_number", "file", "unit", "confirm", "group"]
# An index as we write it: no leading zero, three digits at most.
INDEX = re.compile(r"(0|[1-9][0-9]{0,2})")


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    value: str
    label: Text


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a field's value comes from: a service of the exchange, and the name of the value in its answer.

    A `locked` value is a fact of that register: it is shown, and corrected there, not here. With `presence`, only whether the
    register knows the value comes over, as `yes`.
    """

    service: str
    subject: str
    value: str
    locked: bool = False
    presence: bool = False


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`shown: false` carries a register's fact for conditions and is never asked. A `group` repeats its `fields` from `min` to `max`
    times, and calls each of them `item`. A `file` field takes up to `max_files`.
    """

    name: str
    kind: FieldKind
    label: Text
    hint: Text = {}
    required: bool = True
    choices: list[Choice] = []
    pattern: str | None = None
    max_length: int = 200
    when: Condition | None = None
    source: Source | None = None
    not_after_today: bool = False
    shown: bool = True
    fields: list["Field"] = []
    item: Text = {}
    min: int = 1
    max: int = 10
    max_files: int = 1

    def count(self, answers: Answers) -> int:
        """How many items of this group there are, those that have to be there included."""
        return max(self.min, min(self.max, filed_items(self.name, answers)))

    def item_name(self, at: int, pick: Callable[[Text], str]) -> str:
        """`Child 2`, in the language that `pick` speaks."""
        return f"{pick(self.item or self.label)} {at + 1}"

    def in_item(self, answers: Answers, at: int, day: date) -> list["Field"]:
        """The group's questions that one item is asked. They see the item's own answers before the form's."""
        known = {**answers, **{field.name: "" for field in self.fields}}
        found = []
        for field in self.fields:
            if holds(field.when, known, day):
                found.append(field)
                known[field.name] = answers.get(f"{self.name}.{at}.{field.name}", "")
        return found


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str
    title: Text
    fields: list[Field]
    intro: Text = {}
    when: Condition | None = None


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """`pages` in order. A field's name is unique in the form; a condition looks at fields before it."""

    pages: list[Page]

    @cached_property
    def fields(self) -> dict[str, Field]:
        return {field.name: field for page in self.pages for field in page.fields}

    def page(self, name: str) -> Page | None:
        return next((page for page in self.pages if page.name == name), None)

    def at(self, key: str) -> Field | None:
        """The field behind a key of the answers: `name`, `children.0.name`, `papers.1`, `heirs.0.papers.1`."""
        name, *rest = key.split(".")
        field = self.fields.get(name)
        if field and field.kind == "group" and len(rest) >= 2 and INDEX.fullmatch(rest[0]):  # noqa: PLR2004 - index and name
            field, rest = next((inner for inner in field.fields if inner.name == rest[1]), None), rest[2:]
        if field and field.max_files > 1 and len(rest) == 1 and INDEX.fullmatch(rest[0]):
            rest = []
        return field if field and not rest else None

    def name_of(self, key: str, pick: Callable[[Text], str]) -> str:
        """What a key of the answers is called: `Child 2: Full name`. One that is not ours stays as it is."""
        field, (name, *rest) = self.at(key), key.split(".")
        if field is None:
            return key
        group = self.fields[name]
        return f"{group.item_name(int(rest[0]), pick)}: {pick(field.label)}" if group is not field and rest else pick(field.label)

    def walk(self, answers: Answers, day: date) -> list[tuple[Page, list[Field]]]:
        """Pages and fields that are asked, in order. A condition sees only answers to questions that are asked themselves, so that
        what was typed on a branch that was left again leads nowhere.
        """
        known: dict[str, str] = {}
        found = []
        for page in self.pages:
            if not holds(page.when, known, day):
                continue
            fields = []
            for field in page.fields:
                if holds(field.when, known, day):
                    fields.append(field)
                    known[field.name] = answers.get(field.name, "")
            found.append((page, fields))
        return found

    def asked_pages(self, answers: Answers, day: date) -> list[Page]:
        """Without pages on which nothing is left to show."""
        return [page for page, fields in self.walk(answers, day) if any(field.shown for field in fields)]

    def asked(self, answers: Answers, day: date) -> list[Field]:
        return [field for _, fields in self.walk(answers, day) for field in fields]

    def asked_on(self, page: str, answers: Answers, day: date) -> list[Field]:
        return next((fields for one, fields in self.walk(answers, day) if one.name == page), [])

    def standing(self, answers: Answers, day: date) -> dict[str, str]:
        """Every answer that is asked for, given or still empty."""
        fields = self.asked(answers, day)
        return {key: answers.get(key, "") for key, _ in slots(fields, _of(fields, answers), day)}

    def relevant(self, answers: Answers, day: date) -> dict[str, str]:
        """The answers that count: given, and to questions that are asked."""
        return {key: value for key, value in self.standing(answers, day).items() if value}

    def undecided(self, answers: Answers, day: date) -> set[str]:
        """Fields whose answer, or whose asking, still waits for a required answer."""
        waiting: set[str] = set()
        asked = {field.name for field in self.asked(answers, day)}
        for page in self.pages:
            for field in page.fields:
                depends = (mentioned(page.when) | mentioned(field.when)) & waiting
                if depends or (field.name in asked and field.required and not answers.get(field.name)):
                    waiting.add(field.name)
        return waiting


def root(key: str) -> str:
    """The field of the form that a key of the answers belongs to."""
    return key.partition(".")[0]


def _of(fields: list[Field], answers: Answers) -> dict[str, str]:
    """The answers that belong to these fields."""
    names = {field.name for field in fields}
    return {key: value for key, value in answers.items() if root(key) in names}


def slots(fields: list[Field], answers: Answers, day: date) -> Iterator[tuple[str, Field]]:
    """Every key that these asked fields may fill, with its field: an item's as `group.0.name`, a file's as `papers.0`.

    A field of several files stands under its own name while it has none.
    """
    for field in fields:
        if field.kind == "group":
            for at in range(field.count(answers)):
                for inner in field.in_item(answers, at, day):
                    yield from _leaves(f"{field.name}.{at}.{inner.name}", inner, answers)
        else:
            yield from _leaves(field.name, field, answers)


def _leaves(key: str, field: Field, answers: Answers) -> Iterator[tuple[str, Field]]:
    if field.max_files == 1:
        yield key, field
        return
    present = [(f"{key}.{at}", field) for at in range(field.max_files) if answers.get(f"{key}.{at}")]
    yield from present or [(key, field)]


def filed_items(group: str, answers: Answers) -> int:
    """How many items of a group the answers hold."""
    indices = [rest.partition(".")[0] for name, _, rest in (key.partition(".") for key in answers) if name == group and "." in rest]
    return max((int(index) + 1 for index in indices if INDEX.fullmatch(index)), default=0)


def items(group: str, answers: Answers) -> list[dict[str, str]]:
    """The items of a group, each by the names of its fields."""
    found: list[dict[str, str]] = [{} for _ in range(filed_items(group, answers))]
    for key, value in answers.items():
        name, _, rest = key.partition(".")
        index, _, inner = rest.partition(".")
        if name == group and inner and INDEX.fullmatch(index):
            found[int(index)][inner] = value
    return found


def flatten(group: str, found: list[dict[str, str]]) -> dict[str, str]:
    """The other way round."""
    return {f"{group}.{at}.{inner}": value for at, item in enumerate(found) for inner, value in item.items()}
