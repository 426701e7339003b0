"""The signing queue, and lending authority to decide."""

from datetime import date, timedelta

import msgspec

from dinh.cases.desk import Proposal, content_of, finding_of, open_case, procedure_of, proposal_of
from dinh.cases.inbox import Line, Wanted, counts, inbox
from dinh.cases.outcomes import Finding
from dinh.cases.procedures import Procedure
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Invalid
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices import holders_of_unit, lend, new_delegation, posts_of

LONGEST = timedelta(days=366)
REF_LENGTH = 120


class Waiting(msgspec.Struct, frozen=True):
    """A proposal as the one who signs sees it. `wrong` counts what did not agree with the registers."""

    line: Line
    procedure: Procedure
    heading: str
    proposal: Proposal
    note: str
    good: int
    wrong: int


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Authority to be lent; days that could not be read are empty."""

    to_post: str
    procedure: str
    ref: str
    since: date | None
    until: date


async def waiting(tx: WriteTx, who: Caller, limit: int) -> tuple[list[Waiting], int]:
    """The most urgent first, and how many there are. Opening each is recorded."""
    lines, _ = await inbox(tx, who, Wanted("decision"))
    found = []
    for line in lines[:limit]:
        case = await open_case(tx, who, line.code)
        proposal, finding = await proposal_of(tx, case), await finding_of(tx, case)
        if proposal is None:
            continue
        procedure, answers = procedure_of(tx, case), (await content_of(tx, case)).answers
        found.append(
            Waiting(
                line,
                procedure,
                answers.get(procedure.heading_field, ""),
                proposal[0],
                proposal[1],
                _count(finding, good=True),
                _count(finding, good=False),
            )
        )
    return found, (await counts(tx, who))["decision"] if len(lines) > limit else len(found)


def _count(finding: Finding | None, *, good: bool) -> int:
    return sum(check.good is good for check in finding.checks) if finding else 0


async def others(tx: ReadTx, who: Caller) -> list[str]:
    """Held posts of the caller's unit, its own left out."""
    return [held.post.code for unit in who.units for held in await holders_of_unit(tx, unit) if held.post.code != who.post]


async def give(tx: WriteTx, who: Caller, wish: Wish) -> None:
    """Lend the authority to decide. Raises Invalid with every field that is wrong; what was borrowed is not lent on."""
    today, wrong = tx.node.country.local_date(tx.now), {}
    if wish.to_post not in await others(tx, who):
        wrong["post"] = "cases.post_wrong"
    if not wish.procedure:
        wrong["procedure"] = "kernel.field_missing_choice"
    if wish.since is None or wish.since < today or wish.since > today + LONGEST:
        wrong["since"] = "cases.delegation_since"
    elif not wish.since < wish.until <= wish.since + LONGEST:
        wrong["last"] = "cases.delegation_last"
    if not wish.ref or len(wish.ref) > REF_LENGTH:
        wrong["ref"] = "cases.delegation_ref_missing"
    if wrong or wish.since is None:
        raise Invalid(fields=wrong)
    if not await _own(tx, who):
        raise Invalid("cases.delegation_borrowed")
    await lend(tx, who, new_delegation(tx, who, wish.to_post, "decide", [wish.procedure], wish.since, wish.until, wish.ref))


async def _own(tx: ReadTx, who: Caller) -> bool:
    """Whether the caller's own post, and not a lent grant, may decide."""
    held = {found.post.code: duties for found, duties in await posts_of(tx, who.person or "", lent=False)}
    return "decide" in held.get(who.post or "", ())
