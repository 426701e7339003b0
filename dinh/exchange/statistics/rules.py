"""Which hours are due, what is asked for, and who is withheld."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo

from dinh.exchange.members import Group, Service, read_text
from dinh.exchange.statistics.contracts import Asked, By, Line
from dinh.kernel.errors import Invalid

HOUR = timedelta(hours=1)
# Within this time a call of an hour that is over is kept, or never: a question is fresh for as long.
SETTLED = timedelta(minutes=5)
MOST_DAYS: Mapping[str, int] = {"hour": 7, "day": 31}
MOST_PAGES = 1000
BYS: Mapping[str, By] = {"hour": "hour", "day": "day"}


def over(now: datetime, delay: timedelta, zone: tzinfo) -> datetime:
    """The end of the last whole hour, on the country's clock, that was over this long ago."""
    local = (now - max(delay, SETTLED)).astimezone(zone)
    return (local - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)).astimezone(now.tzinfo)


def asked(said: Mapping[str, str], latest: date) -> Asked:
    """`by`, `from`, `until` and `page` of an address; the latest published day without them. Raises Invalid naming what is wrong."""
    by = BYS.get(said.get("by", "day"))
    if by is None:
        raise Invalid(fields={"by": "kernel.invalid"})
    last = _day(said, "until", latest)
    first = _day(said, "from", min(last, latest))
    page = said.get("page", "0")
    if not 0 <= (last - first).days < MOST_DAYS[by]:
        raise Invalid(fields={"from": "kernel.invalid"})
    if not (page.isascii() and page.isdecimal() and int(page[:9]) < MOST_PAGES):
        raise Invalid(fields={"page": "kernel.invalid"})
    return Asked(by, first, last, int(page))


def _day(said: Mapping[str, str], name: str, default: date) -> date:
    text = said.get(name)
    try:
        found = date.fromisoformat(text) if text else default
    except ValueError as error:
        raise Invalid(fields={name: "kernel.invalid"}) from error
    if not date.min + timedelta(days=1) < found < date.max - timedelta(days=1):
        raise Invalid(fields={name: "kernel.invalid"})
    return found


def patterns(withheld: Sequence[str]) -> list[str]:
    """As SQL's LIKE reads them: `*` at the end stands for all below."""
    return [f"{_plain(one.removesuffix('*'))}{'%' if one.endswith('*') else ''}" for one in withheld]


def embargoed(services: Iterable[Service], groups: Mapping[str, Group]) -> list[tuple[str, str, str]]:
    """Uses that their persons are shown later: patterns of client and provider, and the service. So nobody sees in public that there are some."""
    return [
        (*patterns([read_text(client).parts[2] if ":" in client else client, service.provider]), service.code)  # type: ignore[misc]
        for service in services
        for right in service.rights
        if right.embargo
        for client in (*right.clients, *(one for code in right.groups if code in groups for one in groups[code].members))
    ]


def _plain(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def whole_hours(lines: Sequence[Line], before: datetime, most: int) -> tuple[list[Line], datetime, bool]:
    """Of lines in order, where more than `most` are too many: those of the hours that are there entirely, until when that is, and whether there is more."""
    if len(lines) <= most:
        return list(lines), before, False
    until = lines[most].at
    return [line for line in lines[:most] if line.at < until], until, True


def row(line: Line) -> tuple[object, ...]:
    """In the order of `COLUMNS`."""
    return line.at.isoformat(), line.client, line.provider, line.service, line.outcome, line.calls, line.bytes_in, line.bytes_out, *line.durations
