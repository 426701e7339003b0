"""What the civil-status register answers through the exchange."""

from datetime import date

from dinh.exchange import Answer, Question
from dinh.kernel.caller import Caller
from dinh.kernel.node import Node
from dinh.registers.civilstatus import service


async def birth_of(node: Node, who: Caller, question: Question) -> Answer:
    """Whether a child of these parents, born that day, with that name, is registered already."""
    body = question.body
    mother, father = body.get("mother"), body.get("father")
    async with node.read(who) as tx:
        case = await service.registered_before(tx, mother, father, date.fromisoformat(body["birth_date"]), body["full_name"])
    return Answer(body={"registered": case is not None, "case": case}, subjects=[person for person in (mother, father) if person])


async def register_birth(node: Node, who: Caller, question: Question) -> Answer:
    """Enter a birth. The case is the key: asking twice gives the same entry."""
    body = question.body
    async with node.write(who) as tx:
        record = await service.enter_birth(tx, who, body["case"], body["birth"], body["unit"])
    registered_on = record["registered_on"]
    day = registered_on.isoformat() if isinstance(registered_on, date) else str(registered_on)
    return Answer(body={"number": record["number"], "registered_on": day}, subjects=[str(record["child"])])


answers = {"civilstatus.birth_of": birth_of, "civilstatus.register_birth": register_birth}
