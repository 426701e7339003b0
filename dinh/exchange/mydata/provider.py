"""The exchange's own service: a person's log on this node, for that person only."""

import msgspec

from dinh.exchange.accesslog import Wanted, log_of
from dinh.exchange.gateway import Answer, Question
from dinh.exchange.mydata.service import SERVICE
from dinh.kernel.caller import Caller
from dinh.kernel.node import Node


async def entries(node: Node, who: Caller, question: Question) -> Answer:
    """The question's filter is checked by its type: what does not fit is refused as unusable."""
    wanted = msgspec.convert(question.body, Wanted)
    async with node.read(who) as tx:
        found = await log_of(tx, who.principal or "", wanted)
    return Answer(body=msgspec.to_builtins(found), subjects=[])


answers = {SERVICE: entries}
