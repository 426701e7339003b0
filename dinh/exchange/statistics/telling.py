"""Tell the registry's node what is published here: the same that everyone can read, signed."""

from datetime import datetime

import msgspec

from dinh.exchange.heads import attest
from dinh.exchange.statistics import rules, service, store
from dinh.exchange.statistics.contracts import FIGURES, Figures, Wanted
from dinh.kernel.errors import BadSignature, Unavailable
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx

# Of one letter. An hour that has more by itself is not gathered, and is told as missing.
MOST = 20_000


async def tell(node: Node, letter: bytes) -> bytes:
    """The letter's verb. Whoever asks, it is published. Raises BadSignature for what is no question, Unavailable when the signer is down."""
    try:
        wanted = msgspec.msgpack.decode(letter, type=Wanted)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadSignature("no question for figures") from error
    async with node.read(service.WHO) as tx:
        figures = await figures_of(tx, wanted)
    return await attest(node, FIGURES.encode(), figures)


async def figures_of(tx: ReadTx, wanted: Wanted) -> Figures:
    """Up to the first hour that is not counted finally yet: what was told once never grows. Raises Unavailable for an hour of more lines than a letter holds."""
    before = max(wanted.after, min(wanted.before, await _final_until(tx)))
    found = await store.published_since(tx, wanted.after, before, service.withheld(tx.node.country), MOST + 1)
    lines, until, more = rules.whole_hours(found, before, MOST)
    if more and not lines:
        raise Unavailable
    return Figures(tx.node.code, wanted.after, until, more, lines)


async def _final_until(tx: ReadTx) -> datetime:
    end = service.until(tx)
    return await store.next_hour(tx, str(tx.node.country.zone), end, final=True) or end
