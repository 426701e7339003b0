"""What is wrong with a form that has the right types: found when the content is read, before a person meets it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import product

from dinh.kernel.content import Fault
from dinh.kernel.forms.conditions import Condition, atoms, holds, mentioned
from dinh.kernel.forms.contracts import Field, Form, Page

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
# Addresses beside a form's pages.
RESERVED = {"discard", "review"}
DEPTH = 4
ITEMS, FILES, BOXES = 50, 10, 400
# Ways to answer that are tried; a condition that needs more is believed.
TRIES = 20_000
_DAY = date(2026, 1, 1)


def form_faults(form: Form) -> Iterator[Fault]:
    names = Counter(field.name for page in form.pages for field in page.fields)
    yield from (("pages", f"each name once, not {name!r} {count} times") for name, count in names.items() if count > 1)
    pages = Counter(page.name for page in form.pages)
    yield from (("pages", f"each page's name once, not {name!r} {count} times") for name, count in pages.items() if count > 1)
    before: dict[str, Field] = {}
    gates = gates_of(form)
    for number, page in enumerate(form.pages):
        at = f"pages[{number}]"
        yield from _page(page, at)
        yield from condition_faults(page.when, before, f"{at}.when", gates)
        for index, field in enumerate(page.fields):
            yield from _field(field, f"{at}.fields[{index}]")
            yield from condition_faults(field.when, before, f"{at}.fields[{index}].when", gates, [page.when])
            yield from _inner(field, before, f"{at}.fields[{index}]")
            before[field.name] = field


def gates_of(form: Form) -> dict[str, list[Condition]]:
    """By field, the conditions under which it is asked."""
    return {field.name: [gate for gate in (page.when, field.when) if gate] for page in form.pages for field in page.fields}


def _page(page: Page, at: str) -> Iterator[Fault]:
    if not _NAME.fullmatch(page.name) or page.name in RESERVED:
        yield (f"{at}.name", f"a name of small letters, digits and _, other than {' and '.join(sorted(RESERVED))}")
    boxes = sum(len(field.fields) * field.max * 3 if field.kind == "group" else 3 for field in page.fields)
    if boxes > BOXES:
        yield (f"{at}.fields", f"at most {BOXES} boxes on a page; this one can come to {boxes}")


def _field(field: Field, at: str) -> Iterator[Fault]:
    if not _NAME.fullmatch(field.name):
        yield (f"{at}.name", "a name of small letters, digits and _")
    if (field.kind == "choice") != bool(field.choices):
        yield (f"{at}.choices", "choices where the kind is `choice`, and only there")
    if (field.kind == "group") != bool(field.fields):
        yield (f"{at}.fields", "fields where the kind is `group`, and only there")
    if field.max_files != 1 and (field.kind != "file" or not 1 <= field.max_files <= FILES):
        yield (f"{at}.max_files", f"1 to {FILES} files, of a field of kind `file`")
    if not field.shown and (field.required or not field.source or not field.source.locked):
        yield (f"{at}.shown", "a locked source and `required: false` where nobody is asked")


def _inner(group: Field, before: dict[str, Field], at: str) -> Iterator[Fault]:
    """The questions of a group: one level, no sources, and something that shows that an item is there."""
    if group.kind != "group":
        return
    if not 0 <= group.min <= group.max <= ITEMS or group.max < 1:
        yield (f"{at}.max", f"0 <= min <= max <= {ITEMS}")
    if not any(field.required and field.when is None and field.kind != "file" for field in group.fields):
        yield (f"{at}.fields", "a required field, not a file, that every item is asked")
    known = dict(before)
    seen: set[str] = set()
    for index, field in enumerate(group.fields):
        place = f"{at}.fields[{index}]"
        if field.kind == "group":
            yield (f"{place}.kind", "no group inside a group")
        if field.source or not field.shown:
            yield (f"{place}.source", "no source inside a group")
        if field.name in seen:
            yield (f"{place}.name", f"each name once, not {field.name!r} twice")
        yield from _field(field, place)
        yield from condition_faults(field.when, known, f"{place}.when", {}, [group.when])
        seen.add(field.name)
        known[field.name] = field


def condition_faults(
    condition: Condition | None,
    fields: Mapping[str, Field],
    at: str,
    gates: Mapping[str, list[Condition]],
    around: list[Condition | None] | None = None,
) -> Iterator[Fault]:
    """Of one condition that may look at `fields`. `gates` are the conditions under which those are asked themselves."""
    if condition is None:
        return
    if _depth(condition) > DEPTH:
        yield (at, f"conditions at most {DEPTH} deep")
        return
    wrong = [fault for atom in atoms(condition) for fault in _atom(atom, fields, at)]
    yield from wrong
    if not wrong and not _reachable([condition, *(gate for gate in around or [] if gate)], fields, gates):
        yield (at, "a condition that some answers fulfil; this is never asked")


def _atom(atom: Condition, fields: Mapping[str, Field], at: str) -> Iterator[Fault]:
    field = fields.get(atom.field)
    if field is None:
        yield (at, f"a field that is asked before, not {atom.field!r}")
    elif field.kind in {"group", "file"}:
        yield (at, f"a field with one value; {atom.field!r} is of kind `{field.kind}`")
    elif atom.more_than_days_ago is not None and field.kind != "date":
        yield (at, f"`more_than_days_ago` of a whole date; {atom.field!r} is of kind `{field.kind}`")
    elif strange := set(atom.values or ()) - set(_values(field) or atom.values or ()):
        yield f"{at}.values", f"one of {', '.join(sorted(_values(field)))}, not {min(strange)!r}"


def _values(field: Field) -> list[str]:
    """What may be chosen; empty where anything may be written."""
    return [choice.value for choice in field.choices] if field.kind == "choice" else ["yes"] if field.kind == "confirm" else []


def _depth(condition: Condition) -> int:
    parts = [*(condition.every or ()), *(condition.some or ()), *([condition.inverse] if condition.inverse else [])]
    return 1 + max((_depth(part) for part in parts), default=0)


def _reachable(conditions: list[Condition], fields: Mapping[str, Field], gates: Mapping[str, list[Condition]]) -> bool:
    """Whether some answers fulfil all of them, each given only where its question is asked."""
    found = list(conditions)
    names: set[str] = set()
    while new := {name for condition in found for name in mentioned(condition)} - names:
        names |= new
        found += [gate for name in new for gate in gates.get(name, [])]
    ordered = [name for name in fields if name in names]
    ways = {name: _ways(fields[name], [atom for condition in found for atom in atoms(condition) if atom.field == name]) for name in ordered}
    tries = 1
    for way in ways.values():
        tries *= len(way)
    if tries > TRIES:
        return True
    return any(_fulfils(conditions, dict(zip(ordered, answers, strict=True)), gates) for answers in product(*ways.values()))


def _ways(field: Field, looks: list[Condition]) -> list[str]:
    """Enough different answers: every choice, every value that is looked for, a day on either side of every limit, and none."""
    days = [_DAY - timedelta(atom.more_than_days_ago + more) for atom in looks if atom.more_than_days_ago is not None for more in (0, 1)]
    return [
        "",
        *_values(field),
        *({value for atom in looks for value in atom.values or ()} - set(_values(field))),
        *(day.isoformat() for day in days),
    ]


def _fulfils(conditions: list[Condition], answers: dict[str, str], gates: Mapping[str, list[Condition]]) -> bool:
    asked: dict[str, str] = {}
    for name, answer in answers.items():
        if all(holds(gate, asked, _DAY) for gate in gates.get(name, [])):
            asked[name] = answer
    return all(holds(condition, asked, _DAY) for condition in conditions)
