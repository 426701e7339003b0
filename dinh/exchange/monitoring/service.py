"""Read records, and look after the health of the exchange."""

import asyncio
import time
from datetime import datetime, timedelta

from dinh.exchange.members import membership_of
from dinh.exchange.monitoring import rules, store
from dinh.exchange.monitoring.contracts import Health, Mark, Record
from dinh.kernel import clock
from dinh.kernel.caller import system
from dinh.kernel.errors import Unavailable
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx
from dinh.trust import Keyring, SignerError, handle_of_node, soonest_expiry

# As X-Road does: what commits late is not missed by who reads on from the last record.
WITHHELD = timedelta(seconds=60)
MOST = 1000
UP_SECONDS, DOWN_SECONDS = 2.0, 30.0
# Without these nothing is exchanged.
ENDING = timedelta(days=3)
NEEDED = frozenset({"node", "agency", "member", "tls"})


async def records(tx: ReadTx, after: Mark, until: datetime | None, limit: int) -> tuple[list[Record], datetime, Mark | None]:
    """A page, what it goes up to, and the mark behind which the next one begins, None where there is none. Raises Unavailable without a configuration."""
    membership, last = membership_of(tx.node), min(until or tx.now, tx.now - WITHHELD)
    rows = await store.calls(tx, after, last, limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    following = (rows[-1]["response_out"], rows[-1]["id"], rows[-1]["side"]) if more else None
    return [rules.record(row, membership) for row in rows], last, following


class Pulse:
    """One per node and process. What was found holds for UP_SECONDS, a fault for DOWN_SECONDS, so that asking often costs nothing."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._found: tuple[float, Health] | None = None
        self._looking = asyncio.Lock()

    async def look(self) -> Health:
        async with self._looking:
            if self._found is None or time.monotonic() >= self._found[0]:
                reasons, warnings = await self._look()
                health = Health("down" if reasons else "up", clock.now(), reasons, warnings)
                self._found = time.monotonic() + (DOWN_SECONDS if reasons else UP_SECONDS), health
            return self._found[1]

    async def _look(self) -> tuple[list[str], list[str]]:
        found, warnings = [], []
        try:
            async with self._node.read(system("exchange")) as tx:
                ends = min((one.soonest for one in await soonest_expiry(tx) if one.kind in NEEDED), default=None)
                if ends and ends <= tx.now:
                    found.append("certificates")
                elif ends and ends <= tx.now + ENDING:
                    warnings.append("certificates")
        except Unavailable:
            found.append("database")
        try:
            membership_of(self._node).check_current()
        except Unavailable:
            found.append("configuration")
        try:
            await self._node.part(Keyring).signer.public(handle_of_node(self._node.code))
        except SignerError:
            found.append("signer")
        return found, warnings
