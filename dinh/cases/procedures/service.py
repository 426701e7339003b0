"""The catalogue of procedures, loaded once a process."""

from datetime import date
from functools import cache
from pathlib import Path

from dinh.cases.outcomes import offers
from dinh.cases.procedures import rules
from dinh.cases.procedures.contracts import CaseRules, Procedure
from dinh.kernel import content, languages
from dinh.kernel.country import Country
from dinh.kernel.errors import BadContent, NotFound


class Catalogue:
    def __init__(self, country: Country) -> None:
        folder, offered = country.folder, offers(country)
        self.rules = content.read(folder / "cases.yaml", CaseRules)
        self.versions: dict[str, list[Procedure]] = {}
        found = content.read_all(folder / "procedures", Procedure, lambda procedure: rules.faults(procedure, offered))
        for name, procedure in found.items():
            if name != f"{procedure.code}/{procedure.valid_from}":
                path = folder / "procedures" / f"{name}.yaml"
                raise BadContent(str(path), 1, "code", f"the path {procedure.code}/{procedure.valid_from}.yaml")
            self.versions.setdefault(procedure.code, []).append(procedure)

    def on(self, code: str, day: date) -> Procedure:
        """The version in force that day. Raises NotFound."""
        found = [procedure for procedure in self.versions.get(code, ()) if procedure.valid(day)]
        if not found:
            raise NotFound("cases.no_procedure")
        return found[-1]

    def version(self, code: str, valid_from: date) -> Procedure:
        """The very version a case was filed under, in force or not."""
        return next(procedure for procedure in self.versions[code] if procedure.valid_from == valid_from)

    def all_on(self, day: date) -> list[Procedure]:
        return [self.on(code, day) for code in self.versions if any(version.valid(day) for version in self.versions[code])]

    def search(self, text: str, day: date) -> list[Procedure]:
        """By title and keywords in every language, marks and case ignored; or by the exact code."""
        found = []
        for procedure in self.all_on(day):
            best = 100 if text.strip() == procedure.code else 0
            for code in procedure.title:
                fold = languages.of(code).fold
                best = max(best, rules.score(fold(text).split(), fold(procedure.title[code]), fold(procedure.keywords.get(code, ""))))
            found.append((best if text.strip() else 0, procedure))
        return rules.ranked(found)


@cache
def _load(folder: Path) -> Catalogue:
    return Catalogue(Country(folder))


def catalogue_of(country: Country) -> Catalogue:
    return _load(country.folder)


def read_procedure(country: Country, path: Path) -> Procedure:
    """One file, wherever it lies, as the country would read it. Raises BadContent."""
    offered = offers(country)
    return content.read(path, Procedure, lambda procedure: rules.faults(procedure, offered))
