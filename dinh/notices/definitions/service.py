"""Read once a process, and put into words."""

from datetime import date, datetime
from functools import cache
from pathlib import Path

from dinh.kernel import content
from dinh.kernel.country import Country
from dinh.kernel.errors import BadContent
from dinh.kernel.texts import Speaker
from dinh.notices.definitions import rules
from dinh.notices.definitions.contracts import ChannelPlan, Definition, DefinitionFile, Namings, Words

# Kinds of shown fields that need nobody to name them.
OWN_KINDS = {"plain", "day"}


@cache
def _load(folder: Path) -> dict[str, Definition]:
    files = content.read_all(folder / "notices", DefinitionFile)
    return {definition.code: definition for file in files.values() for definition in file.notices}


def definitions_of(country: Country) -> dict[str, Definition]:
    return _load(country.folder)


@cache
def _plan(folder: Path) -> ChannelPlan:
    return content.read(folder / "channels.yaml", ChannelPlan)


def channel_plan(country: Country) -> ChannelPlan:
    return _plan(country.folder)


def check(country: Country, namings: Namings) -> None:
    """At the start, so that no person meets a gap. Raises BadContent."""
    channel_plan(country)
    for definition in definitions_of(country).values():
        for field, expected in rules.faults(definition, OWN_KINDS | set(namings)):
            raise BadContent(str(country.folder / "notices"), None, f"{definition.code}.{field}", expected)


def words(speaker: Speaker, namings: Namings, definition: Definition, case: str | None, facts: dict[str, str], at: datetime) -> Words:
    """In the speaker's language. A fact that the event did not have yet leaves its gap empty."""
    own = {"case": case or "", "at": speaker.moment(at), "portal": speaker.pick(speaker.country.portal.title)}
    shown = own | {name: _shown(speaker, namings, kind, facts.get(name, "")) for name, kind in definition.shows.items()}
    title, text, sms = (speaker.pick(words).format_map(shown) if words else "" for words in (definition.title, definition.text, definition.sms))
    plain = {name: facts.get(name, "") for name in definition.shows}
    return Words(title, text, sms, definition.link.format_map({**plain, "case": case or ""}))


def _shown(speaker: Speaker, namings: Namings, kind: str, value: str) -> str:
    if not value or kind == "plain":
        return value
    if kind == "day":
        return speaker.long_date(date.fromisoformat(value))
    named = namings[kind](value)
    return speaker.pick(named) if named else value
