"""What waits, found by urgency, by name or by number; several accepted at once."""

from dinh.cases.desk import accept, marks
from dinh.cases.inbox import store
from dinh.cases.inbox.contracts import AcceptedTogether, Line, Searched, Wanted
from dinh.kernel import events, languages
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Conflict, NotAllowed, NotFound
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx

PAGE = 30
TOGETHER = 50
FOUND = 30


async def inbox(tx: ReadTx, who: Caller, wanted: Wanted) -> tuple[list[Line], bool]:
    """One page of lines, and whether there are more."""
    if wanted.show == "settled":
        found = await store.settled(tx, list(who.units), wanted, PAGE + 1)
    else:
        found = await store.lines(tx, list(who.units), wanted, who.post or "", PAGE + 1)
    return found[:PAGE], len(found) > PAGE


async def counts(tx: ReadTx, who: Caller) -> dict[str, int]:
    return await store.counts(tx, who.post or "")


async def search(tx: WriteTx, who: Caller, text: str) -> tuple[list[Line], int]:
    """By code, by personal number, or by whole words of a name, marks and case ignored: the newest, and how many there are.

    That someone searched is recorded.
    """
    words = languages.of(tx.node.country.languages[0]).fold(text).split()
    if not words:
        return [], 0
    units, found, by = list(who.units), await store.by_code(tx, text.strip()), "code"
    every = len(found)
    if not found:
        by = "number" if text.strip().isdigit() else "name"
        wanted = marks(tx, {("number", text.strip())} if by == "number" else {("name", word) for word in words})
        found = await store.by_marks(tx, units, wanted, FOUND + 1)
        every = await store.count_marks(tx, units, wanted) if len(found) > FOUND else len(found)
    await events.append(tx, who, who.post or "desk", Searched(by=by, found=every))
    return found[:FOUND], every


async def accept_together(node: Node, who: Caller, codes: list[str]) -> tuple[list[str], list[str]]:
    """Each in a transaction of its own: those that were accepted, and those that someone else was faster with."""
    accepted, refused = [], []
    for code in codes[:TOGETHER]:
        try:
            async with node.write(who) as tx:
                await accept(tx, who, code)
            accepted.append(code)
        except (Conflict, NotAllowed, NotFound):
            refused.append(code)
    async with node.write(who) as tx:
        together = AcceptedTogether(accepted=len(accepted), refused=len(refused), cut_short=len(codes) > TOGETHER)
        await events.append(tx, who, who.post or "desk", together)
    return accepted, refused
