"""The catalogue of procedures, loaded once a process."""

from datetime import date
from functools import cache
from pathlib import Path

import msgspec

from dinh.cases.outcomes import offers
from dinh.cases.procedures import rules
from dinh.cases.procedures.contracts import CaseRules, Procedure
from dinh.cases.search import Index
from dinh.kernel import content, languages
from dinh.kernel.country import Country
from dinh.kernel.errors import BadContent, NotFound


class Found(msgspec.Struct, frozen=True):
    """The best first. `suggestion` is what was probably meant, when it was written in another way; else empty."""

    procedures: list[Procedure]
    suggestion: str


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
        self._day: date | None = None
        self._indexed: tuple[list[Procedure], list[Index]] = ([], [])

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

    def search(self, text: str, day: date) -> Found:
        """By title and keywords in every language, misspelt or without marks; or by the code or its beginning."""
        procedures, indexes = self._on_day(day)
        code = text.strip()
        exact = [procedure for procedure in procedures if code and procedure.code.startswith(code) and any(letter.isdigit() for letter in code)]
        if exact:
            return Found(sorted(exact, key=lambda procedure: procedure.code), "")
        best: dict[int, tuple[float, str]] = {}
        for index in indexes:
            for hit in index.search(text):
                if hit.score > best.get(hit.at, (0.0, ""))[0]:
                    best[hit.at] = (hit.score, hit.suggestion)
        order = sorted(best, key=lambda at: (-best[at][0], procedures[at].code))
        return Found([procedures[at] for at in order], best[order[0]][1] if order else "")

    def _on_day(self, day: date) -> tuple[list[Procedure], list[Index]]:
        """The procedures in force and an index of each language, kept until another day has other ones."""
        if self._day != day:
            procedures, self._day = self.all_on(day), day
            if procedures != self._indexed[0]:
                spoken = dict.fromkeys(language for procedure in procedures for language in procedure.title)
                self._indexed = (procedures, [_index(procedures, language) for language in spoken])
        return self._indexed


def _index(procedures: list[Procedure], language: str) -> Index:
    texts = ((procedure.title.get(language, ""), procedure.keywords.get(language, "")) for procedure in procedures)
    return Index(texts, languages.of(language).fold)


@cache
def _load(folder: Path) -> Catalogue:
    return Catalogue(Country(folder))


def catalogue_of(country: Country) -> Catalogue:
    return _load(country.folder)


def read_procedure(country: Country, path: Path) -> Procedure:
    """One file, wherever it lies, as the country would read it. Raises BadContent."""
    offered = offers(country)
    return content.read(path, Procedure, lambda procedure: rules.faults(procedure, offered))
