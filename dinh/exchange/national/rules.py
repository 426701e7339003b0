"""Whether a node's figures can be what it was asked for, and which of them are its own to tell."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo

import msgspec

from dinh.exchange.members import Server
from dinh.exchange.national.contracts import Missing
from dinh.exchange.statistics import SMALLEST, Figures, Line, Wanted
from dinh.kernel.errors import BadSignature


def check(figures: Figures, node: str, wanted: Wanted, zone: tzinfo) -> None:
    """Raises BadSignature for another's, for hours that nobody asked for, that are not whole or not over, and for lines that nobody may publish."""
    fits = (figures.node, figures.after) == (node, wanted.after) and wanted.after <= figures.until <= wanted.before and _whole(figures.until, zone)
    if not fits or (figures.more and figures.until == wanted.after):
        raise BadSignature(f"{node}: figures of something else")
    if not all(figures.after <= line.at < figures.until and _whole(line.at, zone) and _sound(line) for line in figures.lines):
        raise BadSignature(f"{node}: lines that are not to be published")


def _whole(at: datetime, zone: tzinfo) -> bool:
    local = at.astimezone(zone)
    return (local.minute, local.second, local.microsecond) == (0, 0, 0)


def _sound(line: Line) -> bool:
    return line.calls >= SMALLEST and sum(line.durations) == line.calls


def own(lines: Iterable[Line], serves: Callable[[str], bool]) -> list[Line]:
    """A node speaks of what its own agencies provide. Whatever else it says goes, without a name, into the line that gathers small ones."""
    found: dict[tuple[datetime, str, str, str, str], Line] = {}
    for told in lines:
        line = told if serves(told.provider) else msgspec.structs.replace(told, client="", provider="", service="", outcome="")
        key = (line.at, line.client, line.provider, line.service, line.outcome)
        found[key] = _together(found[key], line) if key in found else line
    return list(found.values())


def _together(one: Line, other: Line) -> Line:
    return msgspec.structs.replace(
        one, calls=one.calls + other.calls, bytes_in=one.bytes_in + other.bytes_in, bytes_out=one.bytes_out + other.bytes_out,
        durations=[left + right for left, right in zip(one.durations, other.durations, strict=True)],
    )  # fmt: skip


def missing(servers: Iterable[Server], told: Mapping[str, datetime], first: datetime, end: datetime) -> list[Missing]:
    """Of the hours from `first` to before `end`, and of the nodes that are connected today. The longest missing first."""
    found = [Missing(one.code, one.operator, max(told.get(one.code, first), first)) for one in servers]
    return sorted((one for one in found if one.since < end), key=lambda one: (one.since, one.node))
