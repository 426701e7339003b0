"""The leader's pages: how many, how many late, where, at which stage, with whom. Cases stand here by code only."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

from litestar import Response
from litestar.params import FromPath

from dinh.cases.bottlenecks import rules, service
from dinh.cases.bottlenecks.contracts import APPLICANT, PLATFORM, WAY, Held, Place, UnitLoad
from dinh.cases.bottlenecks.service import Overview
from dinh.cases.clocks import calendar_of, working_days_left
from dinh.cases.procedures import catalogue_of
from dinh.kernel import clock, languages
from dinh.kernel.country import Country
from dinh.kernel.web.routes import duty, page
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of, post_title

UNITS_SHOWN = 12
PLACES_SHOWN = 8
RECENT_WEEKS = 4
TILE, GAP = 88, 6


@page("/command", duty("oversee"))
async def command(request: Visit) -> Response[str]:
    """The answer in the first sentence: how many are open, how many late, where, and what is slowest."""
    unit = request.query_params.get("unit") or None
    async with request.node.read(request.who) as tx:
        found = await service.overview(tx, request.who, unit)
    loads = _by_lateness(found.units)
    return request.page(
        "cases/command.html", found=found, unit=unit, loads=loads[:UNITS_SHOWN], more=len(loads) > UNITS_SHOWN, places=found.ranked[:PLACES_SHOWN],
        slowest=found.ranked[0] if found.ranked else None, worst=loads[0] if loads and loads[0].late else None, recent=_recent(found),
        tiles=_tiles(request, found.units) if len(found.units) > 1 else [], options=_options(request.node.country, request.language, request.who.oversees[1:], _today(request)), paces=_paces(found), trend=_trend(request, found), **_words(request),
    )  # fmt: skip


@page("/command/units", duty("oversee"))
async def units(request: Visit) -> Response[str]:
    """Every unit with its open and late cases."""
    async with request.node.read(request.who) as tx:
        found = await service.overview(tx, request.who)
    return request.page("cases/command_units.html", found=found, loads=_by_lateness(found.units), **_words(request))


@page("/command/units/{unit:str}", duty("oversee"))
async def late_in_unit(request: Visit, unit: FromPath[str]) -> Response[str]:
    """The late cases of one unit, by code. Opening one is the desk's business, with its record and its right."""
    async with request.node.read(request.who) as tx:
        held, late = await service.late_cases(tx, request.who, unit)
    rows = [(case, _days_late(request, case)) for case in held]
    return request.page("cases/command_unit.html", unit=unit, rows=rows, late=late, may_open=unit in request.who.units, **_words(request))


def _by_lateness(loads: list[UnitLoad]) -> list[UnitLoad]:
    return sorted(loads, key=lambda load: (-load.late, -load.lateness, -load.at_risk, -load.cases, load.unit))


def _days_late(request: Visit, case: Held) -> int:
    return -working_days_left(calendar_of(request.node.country, case.calendar), _today(request), case.due_on)


def _today(request: Visit) -> date:
    return request.node.country.local_date(clock.now())


def _recent(found: Overview) -> dict[str, int]:
    """The last weeks added up, for the sentence above the chart."""
    weeks = found.weeks[-RECENT_WEEKS:]
    ended, on_time = sum(week.ended for week in weeks), sum(week.on_time for week in weeks)
    return {
        "weeks": len(weeks),
        "received": sum(week.received for week in weeks),
        "ended": ended,
        "share": round(100 * on_time / ended) if ended else 0,
    }


def _trend(request: Visit, found: Overview) -> list[tuple[str, int, int]]:
    return [(request.speaker.short_date(week.first), week.received, week.ended) for week in reversed(found.weeks)]


def _paces(found: Overview) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for pace in found.paces:
        table.setdefault(pace.procedure, {})[pace.stage] = pace.minutes
    return table


def _tiles(request: Visit, loads: list[UnitLoad]) -> list[dict[str, Any]]:
    """A square for each unit, in the order of their codes: a diagram, not a map of their ground."""
    directory, day, width = directory_of(request.node.country), _today(request), rules.columns(len(loads))
    ordered = enumerate(sorted(loads, key=lambda load: load.unit))
    return [
        {
            "load": load, "x": at % width * (TILE + GAP), "y": at // width * (TILE + GAP), "lines": rules.wrapped(directory.name_of(load.unit, day)),
            "state": "late" if load.late else "risk" if load.at_risk else "fine" if load.cases else "none",
        }
        for at, load in ordered
    ]  # fmt: skip


@lru_cache(maxsize=32)
def _options(country: Country, language: str, units: tuple[str, ...], day: date) -> list[dict[str, str]]:
    """The units to look at one by one, in the language's order."""
    directory, order = directory_of(country), languages.of(language).sort_key
    named = sorted(((directory.name_of(unit, day), unit) for unit in units), key=lambda pair: order(pair[0]))
    return [{"value": unit, "label": name} for name, unit in named]


def _words(request: Visit) -> dict[str, Any]:
    country, speaker, day = request.node.country, request.speaker, _today(request)
    titles = {code: versions[-1].title for code, versions in catalogue_of(country).versions.items()}
    return {
        "place": lambda unit: directory_of(country).name_of(unit, day), "holder": _holder(request, day), "tile": TILE, "gap": GAP,
        "procedure": lambda code: speaker.pick(titles[code]) if code in titles else code, "all_stages": [*WAY, "paused"],
    }  # fmt: skip


def _holder(request: Visit, day: date) -> Callable[[Place | Held], str]:
    """The post that has it, in words; never a person."""

    def words(held: Place | Held) -> str:
        if held.post in {APPLICANT, PLATFORM, ""}:
            return request.speaker.say(f"cases.holder_{held.post or 'nobody'}")
        return request.speaker.pick(post_title(request.node.country, held.post, day))

    return words


routes = [command, units, late_in_unit]
