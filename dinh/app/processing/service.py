"""Put the register together: from the rooms' SQL, the registers' descriptions, and the kinds of events."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from dinh import registers
from dinh.app.processing import rules
from dinh.app.processing.contracts import Kept, Processing
from dinh.kernel import country, events
from dinh.kernel.country import Country

PACKAGE = Path(__file__).resolve().parents[2]
ALWAYS = frozenset({"kernel", "trust", "app"})


def processing_of(known: Country) -> Processing:
    return _load(known.folder)


@cache
def _load(folder: Path) -> Processing:
    known = country.Country(folder)
    return Processing([*_of_rooms(known), *_of_registers(known)], rules.recorded(events.registered()))


def _of_rooms(known: Country) -> list[Kept]:
    grouped: dict[tuple[str, str, str, str], dict[str, str]] = {}
    for path in sorted(PACKAGE.glob("*/schema/*.sql")):
        for room, table, column, kind, basis, keep in rules.notes(path.read_text(encoding="utf-8")):
            grouped.setdefault((room, table, basis, keep), {})[column] = kind
    return [
        Kept(room=room, table=table, columns=list(columns), kinds=sorted(set(columns.values())), basis=basis, keep=keep, nodes=hosts)
        for (room, table, basis, keep), columns in sorted(grouped.items())
        if (hosts := _hosts(known, room))
    ]


def _of_registers(known: Country) -> Iterator[Kept]:
    """The country describes its registers itself: their basis is the law that they stand on."""
    for register in registers.all_of(known):
        by_time: dict[str, dict[str, str]] = {}
        for column in register.fields:
            if column.pii != "none":
                by_time.setdefault(column.keep, {})[column.name] = column.pii
        if register.history:
            kinds = sorted({column.pii for column in register.fields if column.pii != "none"})
            yield Kept(
                room="registers", table=register.history, columns=["record", "old_value", "new_value"], kinds=kinds, basis="", keep="permanent",
                nodes=_hosts(known, "registers"), title=register.title, ref=register.ref,
            )  # fmt: skip
        for keep, columns in by_time.items():
            yield Kept(
                room="registers", table=register.name, columns=list(columns), kinds=sorted(set(columns.values())), basis="", keep=keep,
                nodes=_hosts(known, "registers"), title=register.title, ref=register.ref,
            )  # fmt: skip


def _hosts(known: Country, room: str) -> list[str]:
    return [plan.code for plan in known.nodes.values() if room in ALWAYS or room in plan.rooms]
