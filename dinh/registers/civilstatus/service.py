"""Verbs of the civil-status register."""

from datetime import date
from typing import Any

from dinh.kernel import events, languages
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Conflict
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.registers import description
from dinh.registers.civilstatus import store
from dinh.registers.civilstatus.contracts import BirthRegistered
from dinh.registers.description import Record

REGISTER = "birth"


async def enter_birth(tx: WriteTx, who: Caller, case: str, birth: dict[str, Any], unit: str) -> Record:
    """Enter a birth in the unit's book. Asked again for the same case, it answers the same number."""
    register = description.describe(tx.node.country, REGISTER)
    await store.lock_case(tx, case)
    known = await description.find(tx, register, "case_code", case)
    if known is not None:
        return known
    day = tx.node.country.local_date(tx.now)
    number = f"{await store.next_number(tx, unit, day.year)}/{day.year}"
    record: Record = {column.name: birth.get(column.name) for column in register.fields}
    record.update(case_code=case, number=number, unit=unit, registered_on=day, birth_date=date.fromisoformat(birth["birth_date"]))
    if not await description.insert(tx, register, record):
        raise Conflict("registers.child_registered")
    child = str(record["child"])
    await events.append(tx, who, child, BirthRegistered(child=child, case=case, unit=unit, registered_on=day), case=case)
    return record


async def registered_before(tx: ReadTx, mother: str | None, father: str | None, born: date, name: str) -> str | None:
    """The case under which the same child was registered. Twins have other names on the same day."""
    folded = languages.of(tx.node.country.languages[0]).fold(name)
    return next((case for case, known in await store.births_of(tx, mother, father, born) if known == folded), None)
