"""What identity answers through the exchange: a signer's confirmation of decisions."""

from dinh.exchange import Answer, Question
from dinh.identity.accounts import service
from dinh.identity.provider import Provider
from dinh.kernel import clock, ids
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Invalid, NotAllowed
from dinh.kernel.node import Node
from dinh.trust import TICKET_TYPE, handle_of_person

TICKET_SECONDS = 2 * 24 * 3600
# Decisions that one code confirms: as many as a person can have read.
TOGETHER = 20


async def confirm(node: Node, who: Caller, question: Question) -> Answer:
    """Tickets that open the person's own key, one for each decision that they confirmed together. The person must be the one who acts."""
    body, person = question.body, who.person or ""
    if body["handle"] != handle_of_person(person):
        raise NotAllowed
    # One version back, a question named a single decision.
    subjects = [str(subject) for subject in body.get("subjects") or [body["subject"]]]
    if len(subjects) > TOGETHER:
        raise Invalid("identity.too_many_decisions")
    await service.confirm(node, who, person, str(body["code"]), subjects)
    tickets = [await _ticket(node, body["handle"], subject) for subject in subjects]
    return Answer(body={"tickets": tickets, "ticket": tickets[0]})


async def _ticket(node: Node, handle: str, subject: str) -> str:
    claims = {"handle": handle, "subject": subject, "exp": int(clock.now().timestamp()) + TICKET_SECONDS, "jti": ids.token()[:43]}
    return await node.part(Provider).key.jwt(claims, TICKET_TYPE)


answers = {"identity.confirm": confirm}
