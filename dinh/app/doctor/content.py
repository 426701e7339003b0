"""Every file of the country, by the loader that reads it when the platform runs."""

from collections.abc import Callable, Iterator
from typing import Any

from dinh import registers
from dinh.app import demo, exchange_demo
from dinh.app.doctor.contracts import Finding
from dinh.cases import catalogue_of
from dinh.cases.clocks import calendar_of
from dinh.exchange import declared
from dinh.identity import mandate_rules
from dinh.indicators.definitions import definitions_of
from dinh.kernel import clock, country
from dinh.kernel.country import Country
from dinh.kernel.errors import BadContent
from dinh.kernel.retention import classes_of
from dinh.kernel.settings import Settings
from dinh.offices import directory_of
from dinh.offices.posts.contracts import PostFile
from dinh.portal import life_events_of

LOADERS: dict[str, Callable[[Country], Any]] = {
    "nodes": lambda known: known.nodes,
    "agencies and units": directory_of,
    "services and rights": declared,
    "posts": lambda known: known.read_all("offices", PostFile),
    "procedures": lambda known: catalogue_of(known).versions,
    "registers": registers.all_of,
    "mandates": mandate_rules,
    "retention": classes_of,
    "indicators": definitions_of,
    "life events": life_events_of,
    "demonstration": lambda known: known.read("demo.yaml", demo.DemoFile),
    "exchange demonstration": exchange_demo.cast_of,
}
WARN_DAYS = 60


def content(settings: Settings) -> Iterator[Finding]:
    """Stops at the first country file that nothing can do without; goes on past any other."""
    try:
        known = country.of(settings)
    except BadContent as error:
        yield Finding("content", "bad", str(error), "Correct that line")
        return
    faults = list(_faults(known))
    yield from faults
    if not any(finding.level == "bad" for finding in faults):
        count = sum(len(versions) for versions in catalogue_of(known).versions.values())
        yield Finding("content", "ok", f"{known.code}: {len(LOADERS)} kinds of files are in order, {count} versions of procedures")


def _faults(known: Country) -> Iterator[Finding]:
    for name, load in LOADERS.items():
        try:
            load(known)
        except (BadContent, OSError, KeyError, ValueError) as error:
            yield Finding("content", "bad", f"{name}: {error}", "Correct that line")
            if name == "procedures":
                return
    yield from _papers(known)
    yield from _calendars(known)


def _papers(known: Country) -> Iterator[Finding]:
    catalogue = catalogue_of(known)
    named = {catalogue.rules.slip_template: "cases.yaml"}
    named |= {procedure.result.template: f"procedure {procedure.code}" for versions in catalogue.versions.values() for procedure in versions}
    for template, where in named.items():
        if not (known.folder / template).is_file():
            yield Finding("content", "bad", f"{where}: {template} is not there", "Write it, or name another template")


def _calendars(known: Country) -> Iterator[Finding]:
    """A deadline that reaches into a year without a calendar is an error on the day it is counted."""
    today = known.local_date(clock.now())
    days = max(1, WARN_DAYS)
    for code in sorted({procedure.deadline.calendar for procedure in catalogue_of(known).all_on(today)}):
        try:
            years = calendar_of(known, code).years
        except KeyError:
            yield Finding("content", "bad", f"there is no calendar {code}", f"Write calendars/{code}.yaml")
            continue
        if today.year not in years:
            yield Finding("content", "bad", f"calendar {code} has no {today.year}", "Add this year's holidays")
        elif today.year + 1 not in years and (12 - today.month) * 30 < days:
            yield Finding("content", "warning", f"calendar {code} ends this year", "Add next year's holidays")
