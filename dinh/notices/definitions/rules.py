"""Which notice an event becomes, and what of it is kept."""

import string
from collections.abc import Iterator, Sequence
from typing import Any

from dinh.notices.definitions.contracts import Definition

# Words may also use these: the case's code, the moment of the event, and how the portal is called.
ALWAYS = frozenset({"case", "at", "portal"})
LINKED = frozenset({"case"})


def fitting(definitions: Sequence[Definition], event_type: str, payload: dict[str, Any]) -> list[Definition]:
    """Those whose type and conditions fit, in the order of the files."""
    return [one for one in definitions if one.event == event_type and all(_plain(payload.get(name)) == value for name, value in one.where.items())]


def chosen(candidates: Sequence[Definition], payload: dict[str, Any], told: dict[str, str]) -> Definition | None:
    """The first that has something new to say. `told` is what the person was last told of the case."""
    return next((one for one in candidates if _is_news(one, payload, told)), None)


def _is_news(definition: Definition, payload: dict[str, Any], told: dict[str, str]) -> bool:
    field = definition.new or definition.changed
    if not field:
        return True
    value = payload.get(field)
    return value is not None and told.get(field) != _plain(value) and (bool(definition.new) or field in told)


def facts(definition: Definition, payload: dict[str, Any]) -> dict[str, str]:
    """Only what the words show."""
    return {name: _plain(payload[name]) for name in definition.shows if payload.get(name) is not None}


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def faults(definition: Definition, kinds: set[str]) -> Iterator[tuple[str, str]]:
    """Field and what was expected, for what the types cannot say."""
    known = {*definition.shows, *ALWAYS}
    for field, text in (("title", definition.title), ("text", definition.text), ("sms", definition.sms)):
        for language, words in text.items():
            strange = gaps(words) - known
            if strange:
                yield f"{field}.{language}", f"gaps among {sorted(known)}, not {sorted(strange)}"
    if gaps(definition.link) - {*definition.shows, *LINKED} or (definition.link and not definition.link.startswith("/")):
        yield "link", "a path of the portal, with gaps among what is shown"
    if "sms" in definition.channels and not definition.sms:
        yield "sms", "words for the channel sms"
    for name, field in (("new", definition.new), ("changed", definition.changed)):
        if field not in {"", *definition.shows}:
            yield name, "a field that is shown"
    for name, kind in definition.shows.items():
        if kind not in kinds:
            yield f"shows.{name}", f"one of {sorted(kinds)}"
