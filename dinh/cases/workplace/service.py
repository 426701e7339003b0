"""What an officer does in one step: each verb inside commits by itself, and what was done stays done when the next cannot be."""

from dinh.cases.desk import accept, content_of, examine, find, procedure_of, propose
from dinh.cases.turns import slips_of
from dinh.cases.workplace import rules
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Conflict
from dinh.kernel.node import Node


async def accept_and_check(node: Node, who: Caller, code: str, *, approve: bool) -> None:
    """Take the case on and go through the check. Raises what `accept` and `check` raise; Unavailable leaves it accepted."""
    async with node.write(who) as tx:
        await accept(tx, who, code)
    await check(node, who, code, approve=approve)


async def check(node: Node, who: Caller, code: str, *, approve: bool) -> None:
    """Ask the registers; with `approve`, propose approval if nothing is left to look into. Raises Conflict if something is, and nothing is proposed."""
    finding = await examine(node, who, code)
    if not approve:
        return
    async with node.write(who) as tx:
        case = await find(tx, code)
        procedure, day = procedure_of(tx, case), tx.node.country.local_date(case.received_at)
        papers = rules.papers_of(procedure, case, await content_of(tx, case), day, await slips_of(tx, case))
        if not rules.agreed(procedure, finding, papers):
            raise Conflict("cases.not_all_agrees")
        await propose(tx, who, code, "approve", "")
