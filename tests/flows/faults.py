"""Faults of records, planted in persons of their own, and what the queue says of them."""

import random
from typing import Any
from uuid import uuid4

from dinh.app.demo import DemoFile
from dinh.kernel.caller import system
from dinh.kernel.node import Node
from dinh.registers import description
from tests.world import Visitor, World

WHO = system("test")


async def model_of(node: Node) -> dict[str, Any]:
    """A person of the synthetic population to copy: grown up, without a spouse, with parents, and no relative of an official."""
    homes = node.country.read("demo.yaml", DemoFile).units
    async with node.read(WHO) as tx:
        row = await tx.one(
            """SELECT c.* FROM registers.person c JOIN registers.person m ON m.ref = c.mother
               WHERE c.spouse IS NULL AND c.death_date IS NULL AND c.birth_date < '2008-01-01' AND NOT c.residence_unit = ANY ($1)
               ORDER BY c.ref LIMIT 1""",
            homes,
        )
    assert row
    return dict(row)


def number_like(model: dict[str, Any], at: int) -> str:
    """Another number of the same layout."""
    return f"{model['number'][:-6]}{at:06d}"


async def plant(node: Node, **wrong: Any) -> str:
    """A person of their own with these values; everything else is in order. Returns the reference."""
    model = await model_of(node)
    ref = str(uuid4())
    register = description.describe(node.country, "person")
    row = {name: model[name] for name in (column.name for column in register.fields)}
    row |= {"ref": ref, "number": number_like(model, random.randrange(10**6)), "full_name": f"Trần {''.join(random.choices('abcdeghiklmn', k=12))}"}
    async with node.write(WHO) as tx:
        assert await description.insert(tx, register, row | wrong)
    return ref


async def change(node: Node, ref: str, **values: Any) -> None:
    async with node.write(WHO) as tx:
        await description.update(tx, description.describe(node.country, "person"), ref, values)


async def found(node: Node, *refs: str) -> dict[tuple[str, str], str]:
    """State of the findings of these records, by record and rule."""
    async with node.read(WHO) as tx:
        rows = await tx.all("SELECT row_key, rule, state FROM registers.finding WHERE row_key = ANY ($1)", list(refs))
    return {(row["row_key"], row["rule"]): row["state"] for row in rows}


async def finding_of(node: Node, ref: str, rule: str) -> str:
    async with node.read(WHO) as tx:
        return str(await tx.value("SELECT id FROM registers.finding WHERE row_key = $1 AND rule = $2", ref, rule))


async def keeper(world: World, role: str = "keeper", at: int = 0, language: str = "vi") -> Visitor:
    return await world.sign_in(world.account(role, at), language=language)
