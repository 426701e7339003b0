"""Verbs of the population register."""

import secrets
from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any

import msgspec

from dinh.kernel import events, ids, languages
from dinh.kernel.caller import Caller, system
from dinh.kernel.country import Country
from dinh.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices import directory_of
from dinh.registers import description
from dinh.registers.population import rules, store
from dinh.registers.population.contracts import (
    DeathRecorded,
    PersonAdded,
    PersonCorrected,
    PlaceNumber,
    PopulationMade,
    RestrictionLifted,
    UseRestricted,
)
from dinh.registers.population.rules import Record

REGISTER = "person"
PLACES = "birth_registration_codes.csv"
CHUNK = 5_000
TRIES = 20
SEED = 1945


class NameFile(msgspec.Struct, frozen=True):
    surnames: list[dict[str, str]]
    male_middle: list[dict[str, str]]
    female_middle: list[dict[str, str]]
    male_given: list[str]
    female_given: list[str]
    ethnic_groups: list[dict[str, str]]
    streets: list[str]
    address: str
    nationality: str


async def person(tx: ReadTx, *, ref: str | None = None, number: str | None = None) -> Record:
    """Raises NotFound with one text for every reason."""
    column, value = ("ref", ref) if ref else ("number", number)
    found = await description.find(tx, description.describe(tx.node.country, REGISTER), column, value)
    if found is None:
        raise NotFound("registers.no_person")
    return found


async def children(tx: ReadTx, parent: str) -> list[Record]:
    """Of a living parent, those who live."""
    if (await person(tx, ref=parent))["death_date"] is not None:
        return []
    return [dict(row) for row in await store.children(tx, parent)]


async def identify(tx: ReadTx, number: str, name: str, years: int) -> Record:
    """Raises NotFound with one text for every reason."""
    found = await person(tx, number=number)
    fold, today = languages.of(tx.node.country.languages[0]).fold, tx.node.country.local_date(tx.now)
    if found["death_date"] is not None or fold(name) != fold(str(found["full_name"])) or not rules.of_age(found["birth_date"], today, years):
        raise NotFound("registers.no_person")
    return found


async def add_by_birth(tx: WriteTx, who: Caller, case: str, child: dict[str, Any], unit: str) -> Record:
    """The child enters the register with a number. Asked again for the same case, it answers the same.

    Raises Conflict when another case has brought the same child: that name, that day, one of these parents.
    """
    register = description.describe(tx.node.country, REGISTER)
    await store.lock_case(tx, case)
    known = await description.find(tx, register, "source_case", case)
    if known is not None:
        return known
    await _check_new(tx, child)
    for _ in range(TRIES):
        record = _child(tx, case, child, unit, secrets.randbelow(10**9))
        if await description.insert(tx, register, record):
            await events.append(tx, who, str(record["ref"]), PersonAdded(person=str(record["ref"]), case=case), case=case)
            return record
    raise Conflict("registers.no_number_left")


async def _check_new(tx: WriteTx, child: dict[str, Any]) -> None:
    parents = [ref for ref in (child.get("mother"), child.get("father")) if ref]
    await store.lock_parents(tx, parents)
    folded = languages.of(tx.node.country.languages[0]).fold(child["full_name"])
    if folded in await store.children_of(tx, parents, date.fromisoformat(child["birth_date"])):
        raise Conflict("registers.registered_before")


def _child(tx: ReadTx, case: str, child: dict[str, Any], unit: str, drawn: int) -> Record:
    register = description.describe(tx.node.country, REGISTER)
    born = date.fromisoformat(child["birth_date"])
    number = rules.compose(register.number, _place_number(tx.node, unit), child["sex"], born, drawn)
    record: Record = {column.name: child.get(column.name) for column in register.fields}
    record.update(ref=str(ids.new_id()), number=number, birth_date=born, residence_unit=unit, source_case=case, death_date=None)
    record.update(synthetic=not tx.node.settings.production)
    return record


async def record_death(tx: WriteTx, who: Caller, case: str, ref: str, died: date) -> Record:
    """The day of death enters the person's record. Asked again for the same case, nothing more happens.

    Raises Conflict for a person who is dead on record by another case, Invalid for a day before the birth or after today.
    """
    register, found = description.describe(tx.node.country, REGISTER), await person(tx, ref=ref)
    born = found["birth_date"]
    if (isinstance(born, date) and died < born) or died > tx.node.country.local_date(tx.now):
        raise Invalid("registers.impossible_date")
    record, fresh = await description.amend(tx, register, case, ref, {"death_date": died}, _check_alive)
    if fresh:
        await events.append(tx, who, ref, DeathRecorded(person=ref, case=case), case=case)
    return record


def _check_alive(record: Record) -> None:
    if record["death_date"] is not None:
        raise Conflict("registers.dead_before")


async def correct(tx: WriteTx, who: Caller, case: str, ref: str, values: Mapping[str, Any]) -> Record:
    """Set right what the register's description allows; what is not given stays. Asked again for the same case, nothing more happens.

    Raises NotAllowed for a column that is not to be corrected, Invalid without a value.
    """
    register = description.describe(tx.node.country, REGISTER)
    given = {name: value for name, value in values.items() if value not in (None, "")}
    if not given:
        raise Invalid("registers.nothing_to_correct")
    if not register.correctable >= given.keys():
        raise NotAllowed("registers.not_correctable")
    record, fresh = await description.amend(tx, register, case, ref, given)
    if fresh:
        await events.append(tx, who, ref, PersonCorrected(person=ref, case=case, fields=len(given)), case=case)
    return record


async def restrict(tx: WriteTx, who: Caller, case: str, ref: str, *, on: bool) -> bool:
    """Restrict the use of a record, or lift that. Asked again, nothing more happens. Whether it is restricted now."""
    await person(tx, ref=ref)
    await store.lock_case(tx, case)
    if on and await store.restrict(tx, ref, case):
        await events.append(tx, who, ref, UseRestricted(person=ref, case=case), case=case)
    if not on and await store.lift(tx, ref, case):
        await events.append(tx, who, ref, RestrictionLifted(person=ref, case=case), case=case)
    return await store.is_restricted(tx, ref)


async def is_restricted(tx: ReadTx, ref: str) -> bool:
    return await store.is_restricted(tx, ref)


async def whole_record(tx: ReadTx, ref: str) -> list[list[str]]:
    """What the column is called in the country's first language, its value, what kind of data it is and how long it is kept. References of others are left out."""
    register, found = description.describe(tx.node.country, REGISTER), await person(tx, ref=ref)
    language = tx.node.country.languages[0]
    return [
        [column.label[language], description.written(found[column.name]) or "", column.pii, column.keep]
        for column in register.fields
        if column.pii not in {"none", "reference"} and found[column.name] is not None
    ]


async def check_use(tx: ReadTx, who: Caller, ref: str, *, optional: bool) -> None:
    """Raises NotAllowed when no law demands this use and the person has restricted it. They themselves are always answered."""
    if optional and ref != who.principal and await store.is_restricted(tx, ref):
        raise NotAllowed("registers.restricted")


async def marital_status(tx: ReadTx, ref: str) -> tuple[str, Record | None]:
    """What the record says, and the spouse's record where there is one."""
    register, found = description.describe(tx.node.country, REGISTER), await person(tx, ref=ref)
    spouse = await description.find(tx, register, "ref", found["spouse"]) if found["spouse"] else None
    return rules.marital_status(found, spouse), spouse


def _place_number(node: Node, unit: str) -> str:
    """The number of the top unit above, as of today; where units have merged, that of the one whose code lives on."""
    top = directory_of(node.country).parent_of(unit) or unit
    rows = [row for row in node.country.table(PLACES, PlaceNumber) if row.province == top]
    return next((row.number for row in rows if row.old_province == top), rows[0].number if rows else top)


def place_numbers(country: Country) -> list[str]:
    """The place numbers that a personal number may carry."""
    return [row.number for row in country.table(PLACES, PlaceNumber)]


async def candidates(tx: ReadTx, units: list[str], each: int) -> list[dict[str, Any]]:
    """Adults of working age in each unit, for the demonstration's posts and accounts."""
    today = tx.node.country.local_date(tx.now)
    rows = await store.candidates(tx, units, today.replace(year=today.year - 58, day=1), today.replace(year=today.year - 28, day=1), each)
    return [dict(row) for row in rows]


async def generate(node: Node, persons: int, focus: str | None, young: list[str]) -> AsyncIterator[int]:
    """Load a synthetic population, and yield how many persons it has so far. Nothing happens when there is one already.

    Half of the people live below the unit `focus`; units in `young` have young couples for certain. The same number and date give the same people.
    """
    async with node.write(system("population")) as tx:
        if await store.count(tx):
            return
        register = description.describe(node.country, REGISTER)
        made, chunk = 0, []
        for family in _maker(node, focus, node.country.local_date(tx.now)).households(persons, set(young)):
            chunk += family
            if len(chunk) >= CHUNK:
                await description.load(tx, register, chunk)
                made, chunk = made + len(chunk), []
                yield made
        await description.load(tx, register, chunk)
        await events.append(tx, system("population"), "population", PopulationMade(persons=made + len(chunk)))
        yield made + len(chunk)


def _maker(node: Node, focus: str | None, today: date) -> rules.Maker:
    directory = directory_of(node.country)
    units = [unit for top in directory.children(None, today) for unit in directory.children(top.code, today)]
    near = [unit for unit in units if unit.parent == focus] or units
    far = [unit for unit in units if unit.parent != focus] if near is not units else []
    numbers = {unit.parent: _place_number(node, unit.code) for unit in units}
    # Far units stand for the rest of the country: few are enough for a demonstration.
    chosen = near + far[:: max(1, len(far) // 200)]
    places = [rules.Place(unit.code, directory.full_name(unit.code, today), numbers[unit.parent]) for unit in chosen]
    weights = [max(1, len(chosen) - len(near))] * len(near) + [max(1, len(near))] * (len(chosen) - len(near))
    register = description.describe(node.country, REGISTER)
    return rules.Maker(_names(node), places, weights, register.number, today, SEED)


def _names(node: Node) -> rules.Names:
    file = node.country.read("names.yaml", NameFile)
    return rules.Names(
        surnames=[entry["name"] for entry in file.surnames],
        surname_weights=[int(entry["weight"]) for entry in file.surnames],
        middles={"male": _weighted(file.male_middle), "female": _weighted(file.female_middle)},
        givens={"male": file.male_given, "female": file.female_given},
        groups=[entry["name"] for entry in file.ethnic_groups],
        group_weights=[int(float(entry["weight"]) * 100) or 1 for entry in file.ethnic_groups],
        streets=file.streets,
        address=file.address,
        nationality=file.nationality,
    )


def _weighted(entries: list[dict[str, str]]) -> list[str]:
    """Each name as often as it weighs, so that a plain draw follows the weights."""
    return [entry["name"] for entry in entries for _ in range(int(entry["weight"]))]
