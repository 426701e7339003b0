"""What an agency answers of the cases it keeps, when a person asks for a copy of theirs or for erasure. For the asking agency's own unit only."""

from datetime import date
from typing import Any

from dinh.cases.disposal import service
from dinh.cases.disposal.contracts import Erasable
from dinh.exchange import Answer, Question
from dinh.kernel.caller import Caller
from dinh.kernel.node import Node
from dinh.kernel.texts import Texts
from dinh.offices import directory_of


async def held(node: Node, who: Caller, question: Question) -> Answer:
    """Code, procedure, day and state of each case in which the person applies or acts for the applicant, in the country's first language."""
    unit, person = _unit(node, question), str(question.body["person"])
    async with node.read(who) as tx:
        rows = await service.cases_about(tx, unit, person)
    return Answer(body={"cases": rows}, subjects=[person])


async def erasable(node: Node, who: Caller, question: Question) -> Answer:
    """Whether the time of the person's case is over, and what keeps it if not. NotFound for a case that is not theirs or not here."""
    unit, person = _unit(node, question), str(question.body["person"])
    async with node.read(who) as tx:
        found = await service.may_erase(tx, unit, person, str(question.body["of"]))
    return Answer(body={"erasable": _yes(held=found.erasable), **_why(node, found)}, subjects=[person])


async def erase(node: Node, who: Caller, question: Question) -> Answer:
    """Erase it, unless something keeps it. Asked again, it is erased."""
    unit, person = _unit(node, question), str(question.body["person"])
    async with node.write(who) as tx:
        found = await service.erase_case(tx, who, unit, person, str(question.body["of"]))
    return Answer(body={"erased": _yes(held=found.erasable), **_why(node, found)}, subjects=[person])


def _unit(node: Node, question: Question) -> str:
    unit = str(question.body["unit"])
    directory_of(node.country).check_unit(unit, question.client)
    return unit


def _yes(*, held: bool) -> str:
    return "yes" if held else "no"


def _why(node: Node, found: Erasable) -> dict[str, Any]:
    """In the words that a paper prints; the day as dates travel."""
    speaker = node.part(Texts).speaker(node.country.languages[0])
    until: date | None = found.until
    return {"why": speaker.say(found.why) if found.why else "", "until": until.isoformat() if until else None, "basis": found.basis}


answers = {"cases.erasable": erasable, "cases.erase": erase, "cases.held": held}
