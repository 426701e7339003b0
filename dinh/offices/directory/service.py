"""Look up agencies and units. Loaded once a process; a lookup costs one dictionary access."""

from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path

from dinh.kernel import content
from dinh.kernel.country import Country
from dinh.kernel.errors import NotAllowed, NotFound
from dinh.offices.directory.contracts import Agency, Unit


class Directory:
    """Raises NotFound for a code that no file declares on that date."""

    def __init__(self, folder: Path) -> None:
        self.agencies = {row.code: row for path in sorted((folder / "agencies").glob("*.csv")) for row in content.table(path, Agency)}
        self._units: dict[str, list[Unit]] = defaultdict(list)
        self._children: dict[str, list[Unit]] = defaultdict(list)
        for path in sorted((folder / "units").glob("*.csv")):
            for row in content.table(path, Unit):
                self._units[row.code].append(row)
                self._children[row.parent or ""].append(row)
        # Several agencies may serve one unit; the file that lists the unit's own government lists it first.
        self._by_unit: dict[str, Agency] = {}
        for agency in self.agencies.values():
            if agency.unit:
                self._by_unit.setdefault(agency.unit, agency)

    def agency(self, code: str) -> Agency:
        found = self.agencies.get(code)
        if found is None:
            raise NotFound("offices.no_agency", code=code)
        return found

    def unit(self, code: str, day: date) -> Unit:
        for row in self._units.get(code, ()):
            if row.valid(day):
                return row
        raise NotFound("offices.no_unit", code=code)

    def children(self, parent: str | None, day: date) -> list[Unit]:
        return [row for row in self._children.get(parent or "", ()) if row.valid(day)]

    def agency_of_unit(self, unit: str) -> Agency:
        found = self._by_unit.get(unit)
        if found is None:
            raise NotFound("offices.no_agency", code=unit)
        return found

    def check_unit(self, unit: str, agency: str) -> None:
        """Raises NotAllowed: an agency acts for its own unit only."""
        if self.agency_of_unit(unit).code != agency:
            raise NotAllowed("offices.not_your_unit", code=unit)

    def covered_units(self, top: str | None, day: date) -> list[Unit]:
        """The units below `top` that have an agency of their own."""
        return [row for row in self.children(top, day) if row.code in self._by_unit]

    def ever_below(self, top: str) -> list[str]:
        """Codes of all units that are or were below `top`: what a unit left behind when it was merged still belongs to it."""
        return list(dict.fromkeys(row.code for row in self._children.get(top, ())))

    def name_of(self, code: str, day: date) -> str:
        """The unit's name that day; of a unit that is no more, its last one. Raises NotFound for one that never was."""
        rows = self._units.get(code)
        if not rows:
            raise NotFound("offices.no_unit", code=code)
        return next((row.name for row in rows if row.valid(day)), rows[-1].name)

    def units_on(self, day: date) -> list[str]:
        """The codes of every unit of that day."""
        return [code for code, rows in self._units.items() if any(row.valid(day) for row in rows)]

    def successors(self, code: str, day: date) -> list[Unit]:
        """The units of that day that took over what had this code before."""
        return [row for rows in self._units.values() for row in rows if row.valid(day) and code in row.predecessors.split(";")]

    def answering(self, day: date) -> dict[str, str]:
        """The agency of every unit of that day, its own or that of the unit above, also under the codes of units that were merged into it."""
        found: dict[str, str] = {}
        waiting = [(row, "") for row in self.children(None, day)]
        former: dict[str, str] = {}
        while waiting:
            row, above = waiting.pop()
            own = self._by_unit[row.code].code if row.code in self._by_unit else above
            found[row.code] = own
            former |= dict.fromkeys(row.predecessors.split(";"), own)
            waiting += [(child, own) for child in self.children(row.code, day)]
        return {code: agency for code, agency in (former | found).items() if agency}

    def merged_into(self, code: str, day: date) -> list[Unit]:
        """The units that took this one over, wholly or in part, the day it ended; none while it lives. Codes are used again, so the day counts."""
        last = self._units[code][-1].until if code in self._units else None
        if last is None or last > day:
            return []
        heirs = (row for rows in self._units.values() for row in rows if row.valid_from == last and row.code != code)
        return [row for row in heirs if code in row.predecessors.split(";")]

    def parent_of(self, code: str) -> str | None:
        """The unit above, as the last row of the unit has it. Raises NotFound for one that never was."""
        rows = self._units.get(code)
        if not rows:
            raise NotFound("offices.no_unit", code=code)
        return rows[-1].parent

    def full_name(self, code: str, day: date) -> str:
        """The unit with the one above it: `Ward, City`; of a unit that is no more, its last name. Raises NotFound for one that never was."""
        rows = self._units.get(code)
        if not rows:
            raise NotFound("offices.no_unit", code=code)
        unit = next((row for row in rows if row.valid(day)), rows[-1])
        return f"{unit.name}, {self.name_of(unit.parent, day)}" if unit.parent else unit.name


@cache
def _load(folder: Path) -> Directory:
    return Directory(folder)


def directory_of(country: Country) -> Directory:
    return _load(country.folder)
