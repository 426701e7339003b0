"""Look at one node's exchange."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from dinh.exchange.links import Links
from dinh.exchange.members import Membership, membership_of, states_of
from dinh.exchange.overview import rules, store
from dinh.exchange.overview.contracts import KEPT, MOST, MOST_FRESH, SAMPLE, SETTLED, Count, Near, Overview, Peer, Slow
from dinh.exchange.statistics import hours_since
from dinh.kernel.caller import system
from dinh.kernel.errors import NotAllowed, NotFound
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx

WHO = system("overview")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# What one transaction counts at most.
ROUND = timedelta(minutes=10)


async def overview(tx: ReadTx) -> Overview:
    """Raises Unavailable on a node that never had a configuration."""
    membership, hour = membership_of(tx.node), tx.now - HOUR
    day = tx.now.replace(minute=0, second=0, microsecond=0) - DAY
    read, counts = await _counts(tx, day)
    batches = await store.batches(tx, hour)
    return Overview(
        at=tx.now, day=day, rates=rules.rates(counts), late=read == MOST_FRESH, errors=rules.errors(counts)[:MOST], denied=rules.denied(counts)[:MOST],
        slow=[_judged(membership, one) for one in await store.slowest(tx, hour)], sampled=batches.calls == SAMPLE, batches=batches,
        waiting=await store.waiting(tx), gaps=await store.gaps(tx), held=await states_of(tx),
        peers=_peers(tx.node, membership, await store.others(tx, hour)), near=await _near(tx, membership),
    )  # fmt: skip


async def _counts(tx: ReadTx, day: datetime) -> tuple[int, list[Count]]:
    """How many calls were counted one by one; and all since `day`."""
    hours_end, hours = await hours_since(tx, day)
    hour = rules.whole(tx.now - HOUR)
    slices_end = await store.counted_until(tx) or min(hour, hours_end)
    read, fresh = await store.fresh(tx, tx.now - MINUTE, hour, hours_end, slices_end)
    return read, rules.together(fresh, await store.slices(tx, hour, hours_end), hours)


async def count_next(node: Node) -> bool:
    """Some slices that are over; False when there are none."""
    async with node.write(WHO) as tx:
        await store.forget(tx)
        end = rules.whole(tx.now - SETTLED)
        first = await store.first_since(tx, await store.counted_until(tx) or rules.whole(tx.now - KEPT), end)
        if first is None:
            return False
        start = rules.whole(first)
        await store.count(tx, start, min(end, start + ROUND))
        return True


def _judged(membership: Membership, slow: Slow) -> Slow:
    def own_system(provider: str, service: str) -> bool:
        return any(one.code == service and one.provider == provider and one.url for one in membership.configuration.services)

    return rules.judged(slow, own_system, lambda member: _node_of(membership, member))


def _node_of(membership: Membership, member: str) -> str:
    """Empty for a member that has left."""
    try:
        return membership.node_of(member).code
    except NotFound:
        return ""


def _peers(node: Node, membership: Membership, others: Iterable[tuple[str, int, datetime]]) -> list[Peer]:
    """Nodes that were heard of in the last hour, or to which a connection stands."""
    found: dict[str, tuple[int, datetime | None]] = {code: (0, None) for code, link in node.part(Links).items() if link.channel is not None}
    connected = set(found)
    for member, calls, last in others:
        code = _node_of(membership, member)
        before, newest = found.get(code, (0, None))
        found[code] = before + calls, max(last, newest or last)
    operators = {server.code: server.operator for server in membership.configuration.servers}
    return [Peer(code, operators.get(code, ""), calls, last, code in connected) for code, (calls, last) in sorted(found.items()) if code]


async def _near(tx: ReadTx, membership: Membership) -> list[Near]:
    limited = [service for service in membership.configuration.services if any(right.daily for right in service.rights)]
    own = membership.names.subsystem

    def limit_of(line: tuple[str, str, str, str, str, str]) -> int | None:
        client, subsystem, provider, provider_subsystem, code, purpose = line
        try:
            service = membership.service_at(provider, provider_subsystem, code)
            rights = membership.rights(service, client, purpose, None if subsystem == own else subsystem)
        except (NotAllowed, NotFound, KeyError):
            return None
        return next((right.daily for right in rights if right.daily), None)

    used = await store.used(tx, tx.node.country.local_date(tx.now), [service.code for service in limited]) if limited else []
    return rules.near(used, limit_of)[:MOST]


async def last_minute(node: Node) -> dict[tuple[str, str], int]:
    """Calls of the last whole minute by side and outcome, of all processes of this node."""
    async with node.read(system("exchange")) as tx:
        end = tx.now.replace(second=0, microsecond=0)
        return await store.minute(tx, end - MINUTE, end)
