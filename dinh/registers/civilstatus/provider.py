"""What the civil-status register answers through the exchange. An agency enters and corrects in the name of its own unit only."""

from datetime import date
from typing import Any

from dinh.exchange import Answer, Question
from dinh.kernel.caller import Caller
from dinh.kernel.node import Node
from dinh.offices import directory_of
from dinh.registers.civilstatus import service
from dinh.registers.description import Record, written
from dinh.registers.newborns import publish_birth

BIRTH = ("number", "registered_on", "unit", "child", "full_name", "birth_date", "birth_place", "mother", "father")


async def birth_of(node: Node, who: Caller, question: Question) -> Answer:
    """Whether a child of these parents, born that day, with that name, is registered already."""
    body = question.body
    mother, father = body.get("mother"), body.get("father")
    async with node.read(who) as tx:
        case = await service.registered_before(tx, mother, father, date.fromisoformat(body["birth_date"]), body["full_name"])
    return Answer(body={"registered": case is not None, "case": case}, subjects=[person for person in (mother, father) if person])


async def register_birth(node: Node, who: Caller, question: Question) -> Answer:
    """Enter a birth. The case is the key: asking twice gives the same entry."""
    body, unit = question.body, _unit(node, question)
    async with node.write(who) as tx:
        record, fresh = await service.enter_birth(tx, who, body["case"], body["birth"], unit)
        if fresh:
            await publish_birth(tx, who, question.provider, record)
    return Answer(body=_shown(record, "number", "registered_on"), subjects=[str(record["child"])])


async def birth_record(node: Node, who: Caller, question: Question) -> Answer:
    """The entry that a case made, for one of the persons in it. `case` is the case that made it, `latest` that of the certificate in force."""
    async with node.read(who) as tx:
        record, latest = await service.birth_record(tx, question.body["case"], question.body["person"])
    return Answer(body={**_shown(record, *BIRTH), "case": record["case_code"], "latest": latest}, subjects=_family(record))


async def correct_birth(node: Node, who: Caller, question: Question) -> Answer:
    """Correct an entry. The case is the key; the answer is the whole entry as it is now, and the case whose certificate is replaced."""
    body, unit = question.body, _unit(node, question)
    async with node.write(who) as tx:
        record, before = await service.correct_birth(tx, who, body["case"], unit, body["of"], body["person"], body["values"])
    return Answer(body={**_shown(record, *BIRTH), "replaces": before}, subjects=_family(record))


async def held(node: Node, who: Caller, question: Question) -> Answer:
    """In which entries a person stands, and as what. The others in them are not named."""
    person = str(question.body["person"])
    async with node.read(who) as tx:
        entries = await service.entries_of(tx, person)
    return Answer(body={"entries": entries}, subjects=[person])


async def death_of(node: Node, who: Caller, question: Question) -> Answer:
    """Whether this death is registered already."""
    body = question.body
    async with node.read(who) as tx:
        case = await service.death_before(tx, body.get("person"), body["full_name"], date.fromisoformat(body["death_date"]), body["unit"])
    return Answer(body={"registered": case is not None, "case": case}, subjects=[body["person"]] if body.get("person") else [])


async def register_death(node: Node, who: Caller, question: Question) -> Answer:
    """Enter a death. The case is the key: asking twice gives the same entry."""
    body, unit = question.body, _unit(node, question)
    async with node.write(who) as tx:
        record = await service.enter_death(tx, who, body["case"], body["death"], unit)
    return Answer(body=_shown(record, "number", "registered_on"), subjects=[str(record["person"])] if record["person"] else [])


async def confirm_marital_status(node: Node, who: Caller, question: Question) -> Answer:
    """Enter a confirmation. The case is the key: asking twice gives the same one."""
    body, unit = question.body, _unit(node, question)
    async with node.write(who) as tx:
        record = await service.confirm_marital_status(tx, who, body["case"], body["confirmation"], unit)
    shown = _shown(record, "number", "registered_on", "full_name", "status", "spouse_name", "valid_until")
    return Answer(body=shown, subjects=[str(record["person"])])


def _unit(node: Node, question: Question) -> str:
    unit = str(question.body["unit"])
    directory_of(node.country).check_unit(unit, question.client)
    return unit


def _shown(record: Record, *names: str) -> dict[str, Any]:
    return {name: written(record[name]) for name in names}


def _family(record: Record) -> list[str]:
    return [str(record[owner]) for owner in service.OWNERS if record[owner]]


answers = {
    "civilstatus.birth_of": birth_of,
    "civilstatus.birth_record": birth_record,
    "civilstatus.confirm_marital_status": confirm_marital_status,
    "civilstatus.correct_birth": correct_birth,
    "civilstatus.death_of": death_of,
    "civilstatus.held": held,
    "civilstatus.register_birth": register_birth,
    "civilstatus.register_death": register_death,
}
