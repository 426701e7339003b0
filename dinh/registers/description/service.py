"""Read the descriptions of a country's registers, once a process, and what every described register does alike: enter and amend."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from dinh.kernel import content
from dinh.kernel.country import Country
from dinh.kernel.errors import BadContent, Conflict, NotFound
from dinh.kernel.transactions import WriteTx
from dinh.registers.description import rules, store
from dinh.registers.description.contracts import Record, Register


@cache
def _load(folder: Path) -> dict[str, Register]:
    files = content.read_all(folder / "registers", Register)
    known = {register.name: register for register in files.values()}
    for file, register in files.items():
        for rule in register.quality.rules if register.quality else ():
            name, column = rule.refers or (register.name, "")
            if name not in known or (column and column not in known[name].columns):
                path, what = str(folder / "registers" / f"{file}.yaml"), f"{name}.{column}".rstrip(".")
                raise BadContent(path, None, f"quality.rules, {rule.code}", f"a register of this country and its field, not {what!r}")
    return known


def describe(country: Country, name: str) -> Register:
    found = _load(country.folder).get(name)
    if found is None:
        raise NotFound("registers.no_register", name=name)
    return found


def all_of(country: Country) -> list[Register]:
    return list(_load(country.folder).values())


async def enter(tx: WriteTx, register: Register, case: str, unit: str, values: Mapping[str, Any]) -> tuple[Record, bool]:
    """An entry with the next number of the unit's book, and whether it is new: asked again for the same case, the same one.

    Takes the lock of the case, then that of the book. Raises Conflict when a unique value is taken.
    """
    await store.lock_case(tx, register, case)
    known = await store.find(tx, register, "case_code", case)
    if known is not None:
        return known, False
    day = tx.node.country.local_date(tx.now)
    number = f"{await store.next_number(tx, register, unit, day.year)}/{day.year}"
    record = rules.typed(register, {**values, "case_code": case, "number": number, "unit": unit, "registered_on": day})
    if not await store.insert(tx, register, record):
        raise Conflict("registers.registered_before")
    return record, True


def _no_objection(_: Record) -> None:
    return


async def amend(
    tx: WriteTx, register: Register, case: str, key: str, values: Mapping[str, Any], check: Callable[[Record], None] = _no_objection
) -> tuple[Record, bool]:
    """Set values of a record right and keep the old ones, and whether that is new: asked again for the same case, nothing more happens.

    Takes the lock of the case, then that of the record; `check` sees the locked record before its first change, and may refuse.
    Raises NotFound without a record.
    """
    await store.lock_case(tx, register, case)
    record = await store.lock(tx, register, key)
    if record is None:
        raise NotFound("registers.no_record")
    if await store.amended(tx, register, case) is not None:
        return record, False
    check(record)
    changes = {name: value for name, value in rules.typed(register, values).items() if name in values}
    await store.put_history(tx, register, case, key, [(name, rules.written(record[name]), rules.written(value)) for name, value in changes.items()])
    await store.update(tx, register, key, changes)
    return {**record, **changes}, True
