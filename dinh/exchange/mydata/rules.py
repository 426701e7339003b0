"""Filters from an address, days of entries, and cells that no spreadsheet takes for a formula."""

import contextlib
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import groupby
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from dinh.exchange.accesslog import Entry, Mark, Tally, Wanted
from dinh.exchange.mydata.contracts import Asked, Day, Recent

FIELDS = ("agency", "purpose", "from", "to", "others")
PAGE = 15
# What a spreadsheet reads as the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def asked_of(query: Mapping[str, str], zone: tzinfo) -> Asked:
    """What an address asks for. A wrong day is said and asks nothing; a mark that was tampered with reads from the start."""
    typed = {name: query.get(name, "").strip()[:100] for name in FIELDS}
    days = {name: _day(typed[name]) for name in ("from", "to")}
    wrong = {name: "kernel.field_wrong_date" for name, day in days.items() if typed[name] and day is None}
    first, last = days["from"], days["to"]
    if first and last and last < first:
        wrong["to"], last = "exchange.wrong_order", None
    since, until = _start(first, zone) if first else None, _start(last + timedelta(days=1), zone) if last else None
    wanted = Wanted(
        agency=typed["agency"], purpose=typed["purpose"], since=since, until=until,
        others_only=typed["others"] == "yes", before=_mark(query.get("before", "")), counted=True, limit=PAGE,
    )  # fmt: skip
    return Asked(typed=typed, wanted=wanted, wrong=wrong)


def _day(text: str) -> date | None:
    with contextlib.suppress(ValueError):
        found = date.fromisoformat(text)
        # A day at either end of the calendar has no neighbour.
        return found if date.min < found < date.max - timedelta(days=1) else None
    return None


def _start(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def _mark(text: str) -> Mark | None:
    at, _, last = text.partition("~")
    with contextlib.suppress(ValueError, OverflowError):
        found = datetime.fromisoformat(at)
        return Mark(found.astimezone(UTC), UUID(last)) if found.tzinfo else None
    return None


def query_of(asked: Asked, **more: str) -> str:
    """The same filter as an address."""
    return urlencode({name: text for name, text in {**asked.typed, **more}.items() if text})


def mark_of(entry: Entry) -> str:
    return f"{entry.at.isoformat()}~{entry.id}"


def fits(entry: Entry, wanted: Wanted) -> bool:
    """What another node sends is looked at again: it may be of an older version, and know no filter."""
    return (
        wanted.agency in {"", entry.agency} and wanted.purpose in {"", entry.purpose} and not (wanted.others_only and entry.own)
        and (wanted.since is None or entry.at >= wanted.since) and (wanted.until is None or entry.at < wanted.until)
        and (wanted.before is None or (entry.at, entry.id) < msgspec.structs.astuple(wanted.before))
    )  # fmt: skip


def newest_first(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.at, entry.id), reverse=True)


def by_day(entries: list[Entry], zone: tzinfo) -> list[Day]:
    days = groupby(entries, key=lambda entry: entry.at.astimezone(zone).date())
    return [Day(day, [list(group) for _, group in groupby(found, key=_sameness)]) for day, found in days]


def _sameness(entry: Entry) -> tuple[object, ...]:
    return (entry.agency, entry.post, entry.what, entry.purpose, entry.legal_basis, entry.case, entry.own, entry.withheld)


def recent_of(tally: list[Tally], by_link: Collection[str], by_mandate: Collection[str] = ()) -> Recent:
    own = [one for one in tally if one.own]
    links = [one for one in tally if not one.own and one.what in by_link]
    mandates = [one for one in tally if not one.own and one.what in by_mandate]
    others = [one for one in tally if not one.own and one.what not in {*by_link, *by_mandate} and one.recent]
    return Recent(
        times=sum(one.recent for one in others), agencies=len({one.agency for one in others}), own=sum(one.recent for one in own),
        by_link=sum(one.recent for one in links), by_mandate=sum(one.recent for one in mandates),
    )  # fmt: skip


def table(rows: list[list[str]]) -> bytes:
    """CSV (RFC 4180), every cell quoted, with a mark of its encoding: without it a spreadsheet breaks every letter with marks."""
    lines = (",".join('"' + harmless(cell).replace('"', '""') + '"' for cell in row) for row in rows)
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8-sig")


def harmless(cell: str) -> str:
    """Words, never a formula: a cell that begins like one gets an apostrophe in front, as OWASP advises."""
    return f"'{cell}" if cell.lstrip(" \u00a0").startswith(_FORMULA) else cell
