"""When a unit is merged, its one successor takes over its cases, open and ended, and the portal is told."""

from datetime import date

import msgspec

from dinh.cases.desk import lock_case, progress
from dinh.cases.succession import store
from dinh.cases.succession.contracts import CaseTransferred
from dinh.kernel import events
from dinh.kernel.caller import system
from dinh.kernel.country import Country
from dinh.kernel.node import Node
from dinh.offices import directory_of

BATCH = 100


async def transfer(node: Node) -> int:
    """One batch for each unit of this node that has ended. Returns how many cases moved; what is divided among several successors stays."""
    async with node.read(system("succession")) as tx:
        today = node.country.local_date(tx.now)
        found = {unit: await store.codes_of(tx, unit, BATCH) for unit in ended(node.country, node.plan.units or "", today)}
    return sum([await _take_over(node, unit, codes, today) for unit, codes in found.items() if codes])


def ended(country: Country, top: str, day: date) -> list[str]:
    """Units below `top` that are no more, and that one unit alone has succeeded."""
    directory = directory_of(country)
    living = {unit.code for unit in directory.children(top, day)}
    return [code for code in directory.ever_below(top) if code not in living and len(directory.merged_into(code, day)) == 1]


async def _take_over(node: Node, unit: str, codes: list[str], day: date) -> int:
    directory = directory_of(node.country)
    successor = directory.merged_into(unit, day)[0]
    agency = directory.agency_of_unit(successor.code).code
    who = system("succession", agency=agency)
    for code in codes:
        async with node.write(who) as tx:
            case = await lock_case(tx, code)
            holder = f"{successor.code}.{case.holder.partition('.')[2]}" if case.holder else None
            await store.move(tx, case, successor.code, agency, holder)
            moved = CaseTransferred(case=code, from_unit=unit, to_unit=successor.code, basis=successor.ref)
            await events.append(tx, who, code, moved, case=code)
            await progress(tx, who, msgspec.structs.replace(case, unit=successor.code, agency=agency, holder=holder))
    return len(codes)
