"""Reading what was posted and checking it: all errors at once with their fields, one JSON Schema (2020-12) a field."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import jsonschema_rs
import msgspec

from dinh.kernel.forms.conditions import Answers
from dinh.kernel.forms.contracts import INDEX, Field, filed_items, slots

# ISO 8601, also with reduced precision: what is missing of a partial date begins somewhere.
_REDUCED = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_BEGINS = {4: "-01-01", 7: "-01", 10: ""}
_DIGITS = re.compile(r"[0-9]{1,4}")


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


def check(fields: list[Field], answers: Answers, today: date, *, files: bool = True) -> dict[str, str]:
    """Every wrong answer by its key, with the key of its error text; empty when all is well. `today` is the day of filing.

    Answers to questions not asked are refused. Without `files`, papers are shown instead of uploaded.
    """
    asked = {key: field for key, field in slots(fields, answers, today) if files or field.kind != "file"}
    errors = dict.fromkeys(answers.keys() - asked.keys(), "kernel.field_unknown")
    for field in fields:
        if field.kind == "group" and filed_items(field.name, answers) > field.max:
            errors[field.name] = "kernel.field_too_many"
    for key, field in asked.items():
        error = _check_field(field, answers.get(key), today)
        if error:
            errors[key] = error
    return errors


def _check_field(field: Field, value: Any, today: date) -> str | None:
    if value in {None, ""}:
        return f"kernel.field_missing_{_sort(field)}" if field.required else None
    if not _printable(value) or not _validator(field).is_valid(value):
        return f"kernel.field_wrong_{field.kind}"
    return _check_date(field, value, today) if field.kind in {"date", "partial_date"} else None


def _printable(value: Any) -> bool:
    """No control, direction or surrogate characters: they hide in a name and break what prints it."""
    return not isinstance(value, str) or all(letter in "\n\r\t" or unicodedata.category(letter) not in {"Cc", "Cf", "Cs"} for letter in value)


def _check_date(field: Field, value: str, today: date) -> str | None:
    first = first_day(value)
    if first is None or (field.kind == "date" and len(value) != 10):  # noqa: PLR2004 - a whole day
        return f"kernel.field_wrong_{field.kind}"
    return "kernel.field_future" if field.not_after_today and first > today else None


def first_day(value: str) -> date | None:
    """The day on which a date begins, of which perhaps only the year or the month is known; None for what is no date."""
    if not _REDUCED.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value + _BEGINS[len(value)])
    except ValueError:
        return None


def _sort(field: Field) -> str:
    return {"choice": "choice", "unit": "choice", "confirm": "confirm", "file": "file"}.get(field.kind, "text")


_VALIDATORS: dict[int, tuple[Field, jsonschema_rs.Validator]] = {}


def _validator(field: Field) -> jsonschema_rs.Validator:
    """Compiled once a field: compiling costs a thousand times a check."""
    known = _VALIDATORS.get(id(field))
    if known is None:
        known = _VALIDATORS[id(field)] = (field, jsonschema_rs.Draft202012Validator(schema_of(field), validate_formats=True))
    return known[1]


def tidy(field: Field, raw: Mapping[str, str], key: str = "") -> str:
    """What a person typed, as a value: edges trimmed, spaces single, three boxes of a date as ISO 8601. `key` is where it stands."""
    key = key or field.name
    if field.kind in {"date", "partial_date"}:
        parts = [raw.get(f"{key}-{part}", "").strip() for part in ("year", "month", "day")]
        if not any(parts):
            return raw.get(key, "").strip()
        return _iso(parts, partial=field.kind == "partial_date")
    text = raw.get(key, "")
    return text.strip() if field.kind == "long_text" else " ".join(text.split())


def _iso(parts: list[str], *, partial: bool) -> str:
    """As typed, so that a wrong date stays visible in its boxes beside its error."""
    known = parts
    while partial and known and not known[-1]:
        known = known[:-1]
    if all(_DIGITS.fullmatch(part) for part in known):
        return "-".join(f"{int(part):0{width}d}" for part, width in zip(known, (4, 2, 2), strict=False))
    return "-".join(parts)


def read(fields: list[Field], raw: Mapping[str, str]) -> dict[str, str]:
    """Everything that a page's fields were given, files apart. Items of a group close ranks; more than may be were never asked."""
    typed: dict[str, str] = {}
    for field in fields:
        if field.kind == "group":
            for at, posted in enumerate(_posted_items(field, raw)):
                typed |= {f"{field.name}.{at}.{inner.name}": tidy(inner, raw, f"{posted}.{inner.name}") for inner in _typed(field.fields)}
    return typed | {field.name: tidy(field, raw) for field in _typed(fields) if field.kind != "group"}


def _typed(fields: list[Field]) -> Iterator[Field]:
    return (field for field in fields if field.kind != "file" and field.shown)


def _posted_items(group: Field, raw: Mapping[str, str]) -> list[str]:
    """`children.0`, `children.1`, in order. Each item posts its own key, so that one with nothing typed is there too."""
    prefix = re.compile(rf"{re.escape(group.name)}\.(0|[1-9][0-9]{{0,2}})(?:\..+)?")
    indices = {int(match[1]) for key in raw if (match := prefix.fullmatch(key))}
    return [f"{group.name}.{index}" for index in sorted(indices)[: group.max]]


def with_item(group: Field, answers: Answers) -> dict[str, str]:
    """One more item, empty. Nothing changes where there are as many as may be."""
    at = group.count(answers)
    if at >= group.max:
        return dict(answers)
    return {**answers, **{f"{group.name}.{at}.{field.name}": "" for field in _typed(group.fields)}}


def without_item(group: str, at: int, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The item goes, those after it move up. Works for files by key as for answers."""
    kept: dict[str, Any] = {}
    for key, value in answers.items():
        name, _, rest = key.partition(".")
        index, _, inner = rest.partition(".")
        if name != group or not INDEX.fullmatch(index) or int(index) < at:
            kept[key] = value
        elif int(index) > at:
            kept[f"{group}.{int(index) - 1}.{inner}"] = value
    return kept


def digest(fields: list[Field], answers: Answers) -> str:
    """What a page's answers were when it was shown: two devices see by it whether they write over each other."""
    names = {field.name for field in _typed(fields)}
    mine = sorted((key, value) for key, value in answers.items() if key.partition(".")[0] in names and value)
    return hashlib.sha256(msgspec.json.encode(mine)).hexdigest()[:16]
