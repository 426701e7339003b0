"""The exchange's own services: a person's log on this node, for that person only; an embargo kept longer, by whose order it is."""

import msgspec

from dinh.exchange.accesslog import Order, Wanted, log_of, prolong
from dinh.exchange.gateway import Answer, Question
from dinh.exchange.members import declared
from dinh.exchange.mydata.contracts import ProofsWanted
from dinh.exchange.mydata.service import PROOF, PURPOSE, SERVICE, proofs_of
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import Invalid, NotAllowed
from dinh.kernel.node import Node

PROLONG = "access.prolong"


def check_own(node: Node, who: Caller, question: Question) -> str:
    """Whose log it is. Whatever rights are registered: the portal asks, for somebody who has signed in there, and nobody else. Raises NotAllowed, Invalid."""
    if question.client != node.country.portal.operator or question.purpose != PURPOSE or who.assurance < 1 or not who.principal:
        raise NotAllowed("exchange.own_log_only")
    number = question.body.get("number")
    if number and not (isinstance(number, str) and declared(node.country).person_number.fullmatch(number)):
        raise Invalid("exchange.no_subject")
    return who.principal


async def entries(node: Node, who: Caller, question: Question) -> Answer:
    """The question's filter is checked by its type: what does not fit is refused as unusable."""
    person, wanted = check_own(node, who, question), msgspec.convert(question.body, Wanted)
    async with node.read(who) as tx:
        found = await log_of(tx, person, wanted)
    return Answer(body=msgspec.to_builtins(found), subjects=[])


async def prolonged(node: Node, who: Caller, question: Question) -> Answer:
    """The authority is whoever signed the question: nobody prolongs another's embargo."""
    policy, order = declared(node.country).policy.embargo, msgspec.convert(question.body, Order)
    if policy is None:
        raise Invalid("exchange.embargo_over")
    async with node.write(system("exchange", agency=question.client)) as tx:
        embargo = await prolong(tx, who, question.client, order, policy.most_days)
    return Answer(body={"embargo": str(embargo)}, subjects=[])


async def proofs(node: Node, who: Caller, question: Question) -> Answer:
    """Of entries that this person may see. What is another's, withheld or not there is left out without a word."""
    person, asked = check_own(node, who, question), msgspec.convert(question.body, ProofsWanted)
    async with node.read(who) as tx:
        found = await proofs_of(tx, person, asked)
    return Answer(body=msgspec.to_builtins(found), subjects=[])


answers = {SERVICE: entries, PROLONG: prolonged, PROOF: proofs}
