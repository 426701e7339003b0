"""What the population register answers through the exchange."""

from datetime import date

from dinh.exchange import Answer, Question, membership_of
from dinh.kernel.caller import Caller
from dinh.kernel.errors import NotAllowed, NotFound
from dinh.kernel.node import Node
from dinh.offices import directory_of
from dinh.registers.description import written
from dinh.registers.population import service

SHOWN = (
    "ref", "number", "full_name", "birth_date", "sex", "ethnicity", "nationality", "birth_place", "origin", "residence_unit", "address", "mother",
    "father", "spouse", "death_date",
)  # fmt: skip

# Purposes for which nobody is shown anyone else.
OWN = frozenset({"prefill", "mandate"})


async def person(node: Node, who: Caller, question: Question) -> Answer:
    """One person by `ref` or `number`. To prefill, and to act for another, people are shown themselves only, or whom they act for."""
    if question.purpose in OWN and question.body.get("ref") != who.principal:
        raise NotAllowed("registers.own_only")
    async with node.read(who) as tx:
        found = await service.person(tx, ref=question.body.get("ref"), number=question.body.get("number"))
        await service.check_use(tx, who, str(found["ref"]), optional=_optional(node, question))
    return Answer(body={name: written(found[name]) for name in SHOWN}, subjects=[str(found["ref"])])


def _optional(node: Node, question: Question) -> bool:
    """Whether the right that was used says that no law demands this use."""
    membership = membership_of(node)
    return any(right.optional for right in membership.rights(membership.service(question.service), question.client, question.purpose))


async def number(node: Node, who: Caller, question: Question) -> Answer:
    """The number of whoever asks, or of whom they act for, so that nodes which know numbers only can tell them who looked. It tells them nothing new."""
    if not who.principal or question.purpose != "own_data":
        raise NotAllowed("registers.own_only")
    async with node.read(who) as tx:
        found = await service.person(tx, ref=who.principal)
    return Answer(body={"number": found["number"]}, subjects=[])


async def children(node: Node, who: Caller, question: Question) -> Answer:  # noqa: ARG001 - the question is about whoever asks
    """The living children of the person who asks, of any age. Someone who acts for another learns nothing here."""
    if who.person is None or who.on_behalf_of is not None:
        raise NotAllowed("registers.own_only")
    async with node.read(who) as tx:
        found = await service.children(tx, who.person)
    body = {"children": [{name: written(child[name]) for name in ("ref", "full_name", "birth_date")} for child in found]}
    return Answer(body=body, subjects=[str(child["ref"]) for child in found])


async def identify(node: Node, who: Caller, question: Question) -> Answer:
    """Whether a living person of at least so many years has this number and this name. One text for every reason why not."""
    body = question.body
    async with node.read(who) as tx:
        found = await service.identify(tx, str(body["number"]), str(body["full_name"]), int(body["years"]))
        await service.check_use(tx, who, str(found["ref"]), optional=_optional(node, question))
    return Answer(body={"ref": found["ref"], "full_name": found["full_name"]}, subjects=[str(found["ref"])])


async def matches_person(node: Node, who: Caller, question: Question) -> Answer:
    """Whether this number, name and birthday are one living person's. Nothing else is told, and of nobody who did not agree."""
    body = question.body
    async with node.read(who) as tx:
        try:
            found = await service.identify(tx, str(body["number"]), str(body["full_name"]), 0)
            await service.check_use(tx, who, str(found["ref"]), optional=_optional(node, question))
        except (NotFound, NotAllowed):
            return Answer(body={"matches": "no"}, subjects=[])
    same = written(found["birth_date"]) == body["birth_date"]
    return Answer(body={"matches": "yes" if same else "no"}, subjects=[str(found["ref"])])


async def register_birth(node: Node, who: Caller, question: Question) -> Answer:
    """A new person with a number. The case is the key: asking twice gives the same person. An agency does it for its own unit only."""
    directory_of(node.country).check_unit(question.body["unit"], question.client)
    async with node.write(who) as tx:
        record = await service.add_by_birth(tx, who, question.body["case"], question.body["child"], question.body["unit"])
    return Answer(body={"ref": record["ref"], "number": record["number"]}, subjects=[str(record["ref"])])


async def record_death(node: Node, who: Caller, question: Question) -> Answer:
    """The case is the key: asking twice is the same. A person who is dead on record by another case is a Conflict."""
    body = question.body
    async with node.write(who) as tx:
        record = await service.record_death(tx, who, body["case"], body["person"], date.fromisoformat(body["death_date"]))
    return Answer(body={name: written(record[name]) for name in SHOWN}, subjects=[str(record["ref"])])


async def correct(node: Node, who: Caller, question: Question) -> Answer:
    """Correct a record. The case is the key; the answer is the whole record as it is now."""
    body = question.body
    async with node.write(who) as tx:
        record = await service.correct(tx, who, body["case"], body["person"], body["values"])
    return Answer(body={name: written(record[name]) for name in SHOWN}, subjects=[str(record["ref"])])


async def restrict(node: Node, who: Caller, question: Question) -> Answer:
    """The person asked that their record be used for nothing but what a law demands, or takes that back. The case is the key."""
    body = question.body
    async with node.write(who) as tx:
        restricted = await service.restrict(tx, who, body["case"], str(body["person"]), on=body["restrict"] == "yes")
    return Answer(body={"restricted": "yes" if restricted else "no"}, subjects=[str(body["person"])])


async def held(node: Node, who: Caller, question: Question) -> Answer:
    """Everything that this register says of a person, with the words of its description, for a copy that they asked for."""
    person_ = str(question.body["person"])
    async with node.read(who) as tx:
        rows = await service.whole_record(tx, person_)
        restricted = await service.is_restricted(tx, person_)
    return Answer(body={"rows": rows, "restricted": "yes" if restricted else "no"}, subjects=[person_])


async def marital_status(node: Node, who: Caller, question: Question) -> Answer:
    """What the record says, with the spouse's name: an access to both."""
    person = str(question.body["person"])
    async with node.read(who) as tx:
        status, spouse = await service.marital_status(tx, person)
    body = {"status": status, "spouse": spouse and spouse["ref"], "spouse_name": spouse and spouse["full_name"]}
    return Answer(body=body, subjects=[person, *([str(spouse["ref"])] if spouse else [])])


answers = {
    "population.children": children,
    "population.correct": correct,
    "population.held": held,
    "population.identify": identify,
    "population.marital_status": marital_status,
    "population.matches": matches_person,
    "population.number": number,
    "population.person": person,
    "population.record_death": record_death,
    "population.register_birth": register_birth,
    "population.restrict": restrict,
}
