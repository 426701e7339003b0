"""Verbs of the civil-status register."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from dinh.kernel import events, languages
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Invalid, NotAllowed, NotFound
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.registers import description
from dinh.registers.civilstatus import store
from dinh.registers.civilstatus.contracts import BirthCorrected, BirthRegistered, DeathRegistered, MaritalStatusConfirmed
from dinh.registers.description import Record, Register

BIRTH, DEATH, CONFIRMATION = "birth", "death", "confirmation"
# Who may have an entry of theirs corrected.
OWNERS = ("child", "mother", "father")


def _register(tx: ReadTx, name: str) -> Register:
    return description.describe(tx.node.country, name)


async def enter_birth(tx: WriteTx, who: Caller, case: str, birth: Mapping[str, Any], unit: str) -> tuple[Record, bool]:
    """Enter a birth in the unit's book, and whether it is new: asked again for the same case, the same entry."""
    record, fresh = await description.enter(tx, _register(tx, BIRTH), case, unit, birth)
    if fresh:
        child, day = str(record["child"]), _day(record["registered_on"])
        await events.append(tx, who, child, BirthRegistered(child=child, case=case, unit=unit, registered_on=day), case=case)
    return record, fresh


async def registered_before(tx: ReadTx, mother: str | None, father: str | None, born: date, name: str) -> str | None:
    """The case under which the same child was registered. Twins have other names on the same day."""
    folded = languages.of(tx.node.country.languages[0]).fold(name)
    return next((case for case, known in await store.births_of(tx, mother, father, born) if known == folded), None)


async def birth_record(tx: ReadTx, case: str, person: str) -> tuple[Record, str]:
    """An entry by the case that made or corrected it, and the case of its certificate in force.

    For the child and the parents only: raises NotFound for everyone else, with one text for every reason.
    """
    register = _register(tx, BIRTH)
    record = await description.find(tx, register, register.key, await description.amended(tx, register, case) or case)
    if record is None or person not in {record[owner] for owner in OWNERS}:
        raise NotFound("registers.no_record")
    amendments = await description.cases_of(tx, register, str(record[register.key]))
    return record, amendments[0] if amendments else str(record[register.key])


async def correct_birth(tx: WriteTx, who: Caller, case: str, unit: str, of: str, person: str, values: Mapping[str, Any]) -> tuple[Record, str]:
    """Set right what the register's description allows; what is not given stays. Asked again for the same case, nothing more happens.

    The entry as it is now, and the case whose certificate was in force before.

    Raises NotFound for someone else's entry, NotAllowed for a column that is not to be corrected, Invalid without a value.
    """
    register = _register(tx, BIRTH)
    found, _ = await birth_record(tx, of, person)
    given = {name: value for name, value in values.items() if value not in (None, "")}
    if not given:
        raise Invalid("registers.nothing_to_correct")
    if not register.correctable >= given.keys():
        raise NotAllowed("registers.not_correctable")
    record, fresh = await description.amend(tx, register, case, str(found[register.key]), given)
    if fresh:
        child = str(record["child"])
        await events.append(tx, who, child, BirthCorrected(child=child, case=case, unit=unit, fields=len(given)), case=case)
    amendments = await description.cases_of(tx, register, str(record[register.key]))
    before = amendments[amendments.index(case) + 1 :]
    return record, before[0] if before else str(record[register.key])


async def entries_of(tx: ReadTx, person: str) -> list[list[str]]:
    """Register, number, day and part of each entry, in the country's first language."""
    language, found = tx.node.country.languages[0], list[list[str]]()
    for register in (one for one in description.all_of(tx.node.country) if one.book):
        for column in register.persons:
            rows = await description.of_person(tx, register, column.name, person)
            found += [[register.title[language], str(row["number"]), _day(row["registered_on"]).isoformat(), column.label[language]] for row in rows]
    return found


async def enter_death(tx: WriteTx, who: Caller, case: str, death: Mapping[str, Any], unit: str) -> Record:
    """Enter a death in the unit's book. Raises Conflict for a person whose death is registered, Invalid for a day that cannot be."""
    died, born = date.fromisoformat(death["death_date"]), death.get("birth_date")
    if died > tx.node.country.local_date(tx.now) or (born and died < date.fromisoformat(born)):
        raise Invalid("registers.impossible_date")
    record, fresh = await description.enter(tx, _register(tx, DEATH), case, unit, death)
    if fresh:
        person, day = str(record["person"] or ""), _day(record["registered_on"])
        await events.append(tx, who, person or case, DeathRegistered(person=person, case=case, unit=unit, registered_on=day), case=case)
    return record


async def death_before(tx: ReadTx, person: str | None, name: str, died: date, unit: str) -> str | None:
    """The case under which this death was registered; of someone without a record, by name, day and unit."""
    if person:
        return await store.death_of(tx, person)
    folded = languages.of(tx.node.country.languages[0]).fold(name)
    return next((case for case, known in await store.deaths_on(tx, died, unit) if known == folded), None)


async def confirm_marital_status(tx: WriteTx, who: Caller, case: str, confirmation: Mapping[str, Any], unit: str) -> Record:
    """Enter a numbered confirmation of what the population register said. Asked again for the same case, the same one."""
    record, fresh = await description.enter(tx, _register(tx, CONFIRMATION), case, unit, confirmation)
    if fresh:
        person, day = str(record["person"]), _day(record["registered_on"])
        await events.append(tx, who, person, MaritalStatusConfirmed(person=person, case=case, unit=unit, registered_on=day), case=case)
    return record


def _day(value: object) -> date:
    if not isinstance(value, date):
        raise TypeError(type(value))
    return value
