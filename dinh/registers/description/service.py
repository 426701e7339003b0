"""Read the descriptions of a country's registers, once a process."""

from functools import cache
from pathlib import Path

from dinh.kernel import content
from dinh.kernel.country import Country
from dinh.kernel.errors import NotFound
from dinh.registers.description.contracts import Register


@cache
def _load(folder: Path) -> dict[str, Register]:
    return {register.name: register for register in content.read_all(folder / "registers", Register).values()}


def describe(country: Country, name: str) -> Register:
    found = _load(country.folder).get(name)
    if found is None:
        raise NotFound("registers.no_register", name=name)
    return found


def all_of(country: Country) -> list[Register]:
    return list(_load(country.folder).values())
