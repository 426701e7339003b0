"""What the population register answers through the exchange."""

from datetime import date
from typing import Any

from dinh.exchange import Answer, Question
from dinh.kernel.caller import Caller
from dinh.kernel.errors import NotAllowed
from dinh.kernel.node import Node
from dinh.registers.population import service

SHOWN = (
    "ref", "number", "full_name", "birth_date", "sex", "ethnicity", "nationality", "birth_place", "origin", "residence_unit", "address", "mother",
    "father", "spouse", "death_date",
)  # fmt: skip


async def person(node: Node, who: Caller, question: Question) -> Answer:
    """One person by `ref` or `number`. To prefill, people are shown themselves only."""
    if question.purpose == "prefill" and question.body.get("ref") != who.person:
        raise NotAllowed("registers.own_only")
    async with node.read(who) as tx:
        found = await service.person(tx, ref=question.body.get("ref"), number=question.body.get("number"))
    return Answer(body={name: _plain(found[name]) for name in SHOWN}, subjects=[str(found["ref"])])


async def register_birth(node: Node, who: Caller, question: Question) -> Answer:
    """A new person with a number. The case is the key: asking twice gives the same person."""
    async with node.write(who) as tx:
        record = await service.add_by_birth(tx, who, question.body["case"], question.body["child"], question.body["unit"])
    return Answer(body={"ref": record["ref"], "number": record["number"]}, subjects=[str(record["ref"])])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


answers = {"population.person": person, "population.register_birth": register_birth}
