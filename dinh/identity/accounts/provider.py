"""What identity answers through the exchange: a signer's confirmation of one decision."""

from dinh.exchange import Answer, Question
from dinh.identity.accounts import service
from dinh.identity.provider import Provider
from dinh.kernel import clock, ids
from dinh.kernel.caller import Caller
from dinh.kernel.errors import NotAllowed
from dinh.kernel.node import Node
from dinh.trust import TICKET_TYPE, handle_of_person

TICKET_SECONDS = 2 * 24 * 3600


async def confirm(node: Node, who: Caller, question: Question) -> Answer:
    """A ticket that opens the person's own key for one decision. The person must be the one who acts."""
    body, person = question.body, who.person or ""
    if body["handle"] != handle_of_person(person):
        raise NotAllowed
    await service.confirm(node, who, person, str(body["code"]), str(body["subject"]))
    claims = {
        "handle": body["handle"], "subject": body["subject"], "exp": int(clock.now().timestamp()) + TICKET_SECONDS, "jti": ids.token()[:43],
    }  # fmt: skip
    return Answer(body={"ticket": await node.part(Provider).key.jwt(claims, TICKET_TYPE)})


answers = {"identity.confirm": confirm}
