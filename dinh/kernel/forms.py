"""Forms declared in data: pages of fields, one JSON Schema (2020-12) for the whole, all errors at once with their fields."""

import re
import unicodedata
from datetime import date
from functools import cached_property
from typing import Any, Literal

import jsonschema_rs
import msgspec

from dinh.kernel.content import Text

FieldKind = Literal["text", "long_text", "date", "choice", "number", "person_number", "file", "unit", "confirm"]
Answers = dict[str, Any]


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    value: str
    label: Text


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The field or page is asked only when another field has one of these values."""

    field: str
    values: list[str]


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a field's value comes from: a service of the exchange, and the name of the value in its answer.

    A `locked` value is a fact of that register: it is shown, and corrected there, not here.
    """

    service: str
    subject: str
    value: str
    locked: bool = False


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
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


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str
    title: Text
    fields: list[Field]
    intro: Text = {}
    when: Condition | None = None


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """`pages` in order. A field's name is unique in the form."""

    pages: list[Page]

    @cached_property
    def fields(self) -> dict[str, Field]:
        return {field.name: field for page in self.pages for field in page.fields}

    def page(self, name: str) -> Page | None:
        return next((page for page in self.pages if page.name == name), None)

    def asked_pages(self, answers: Answers) -> list[Page]:
        return [page for page in self.pages if holds(page.when, answers)]

    def asked(self, answers: Answers) -> list[Field]:
        return [field for page in self.asked_pages(answers) for field in page.fields if holds(field.when, answers)]


def holds(condition: Condition | None, answers: Answers) -> bool:
    return condition is None or str(answers.get(condition.field, "")) in condition.values


def schema_of(field: Field) -> dict[str, Any]:
    """One field's JSON Schema."""
    if field.kind == "choice":
        return {"enum": [choice.value for choice in field.choices]}
    if field.kind == "confirm":
        return {"const": "yes"}
    if field.kind == "number":
        return {"type": "string", "pattern": r"^\d{1,12}$"}
    schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": field.max_length}
    if field.kind == "date":
        schema["format"] = "date"
    if field.pattern:
        schema["pattern"] = field.pattern
    return schema


def check(fields: list[Field], answers: Answers, today: date) -> dict[str, str]:
    """Every wrong field with the key of its error text; empty when all is well. Answers to questions not asked are refused."""
    errors = dict.fromkeys(answers.keys() - {field.name for field in fields}, "kernel.field_unknown")
    for field in fields:
        key = _check_field(field, answers.get(field.name), today)
        if key:
            errors[field.name] = key
    return errors


def _check_field(field: Field, value: Any, today: date) -> str | None:
    if value in {None, ""}:
        return f"kernel.field_missing_{_sort(field)}" if field.required else None
    if not _validator(field).is_valid(value) or not _printable(value):
        return f"kernel.field_wrong_{field.kind}"
    return _check_date(field, value, today) if field.kind == "date" else None


def _printable(value: Any) -> bool:
    """No control, direction or surrogate characters: they hide in a name and break what prints it."""
    return not isinstance(value, str) or all(letter in "\n\r\t" or unicodedata.category(letter) not in {"Cc", "Cf", "Cs"} for letter in value)


def _check_date(field: Field, value: str, today: date) -> str | None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return "kernel.field_wrong_date"
    return "kernel.field_future" if field.not_after_today and day > today else None


def _sort(field: Field) -> str:
    return {"choice": "choice", "unit": "choice", "confirm": "confirm"}.get(field.kind, "text")


_VALIDATORS: dict[int, tuple[Field, jsonschema_rs.Validator]] = {}


def _validator(field: Field) -> jsonschema_rs.Validator:
    """Compiled once a field: compiling costs a thousand times a check."""
    known = _VALIDATORS.get(id(field))
    if known is None:
        known = _VALIDATORS[id(field)] = (field, jsonschema_rs.Draft202012Validator(schema_of(field), validate_formats=True))
    return known[1]


_DAY = re.compile(r"[0-9]{1,4}")


def tidy(field: Field, raw: dict[str, str]) -> str:
    """What a person typed, as a value: edges trimmed, spaces single, three boxes of a date as ISO 8601."""
    if field.kind == "date":
        parts = [raw.get(f"{field.name}-{part}", "").strip() for part in ("year", "month", "day")]
        if not any(parts):
            return raw.get(field.name, "").strip()
        return _iso(parts)
    text = raw.get(field.name, "")
    return text.strip() if field.kind == "long_text" else " ".join(text.split())


def _iso(parts: list[str]) -> str:
    """As typed, so that a wrong date stays visible in its boxes beside its error."""
    year, month, day = parts
    if all(_DAY.fullmatch(part) for part in parts):
        return f"{int(year):04d}-{int(month):02d}-{int(day):02d}"
    return "-".join(parts)
