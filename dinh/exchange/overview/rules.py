"""From counts and times to what the operator is told."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import msgspec

from dinh.exchange.overview.contracts import SLICE, Count, Near, Outcome, Rate, Slow, Stage
from dinh.exchange.statistics import Hourly

SIDES = ("client", "provider")
OUTCOMES: tuple[Outcome, ...] = ("answered", "refused", "failed")
STAGES: tuple[Stage, ...] = ("before", "elsewhere", "after")
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# Of a day's limit.
NEAR = 0.8
# Refusals that say that somebody asked for what they have no right to, or not in this way.
DENIED = frozenset({
    "exchange.no_right", "exchange.no_service", "exchange.revoked", "exchange.no_member", "exchange.no_consent", "exchange.quota", "exchange.unusable",
})  # fmt: skip


def together(fresh: Iterable[Count], slices: Iterable[Count], hours: Iterable[Hourly]) -> list[Count]:
    """Counts of the newest calls, of the slices before them and of the counted hours before these. The most frequent first."""
    found: dict[tuple[str, str, str, str], Count] = {}
    for one in (*fresh, *slices, *(Count(hour.side, hour.outcome, hour.refusal, hour.client, 0, 0, hour.calls) for hour in hours)):
        key = (one.side, one.outcome, one.refusal, one.client)
        known = found.get(key) or Count(*key, 0, 0, 0)
        found[key] = Count(*key, known.minute + one.minute, known.hour + one.hour, known.day + one.day)
    return sorted(found.values(), key=lambda one: (-one.day, one.side, one.refusal, one.client))


def whole(at: datetime) -> datetime:
    """Where the slice of this moment begins."""
    return at - (at - EPOCH) % SLICE


def rates(counts: Iterable[Count]) -> dict[str, Rate]:
    found = {side: Rate({}, {}, {}) for side in SIDES}
    for one in counts:
        for sums, number in zip((found[one.side].minute, found[one.side].hour, found[one.side].day), (one.minute, one.hour, one.day), strict=True):
            for name in ("all", one.outcome):
                sums[name] = sums.get(name, 0) + number
    return found


def errors(counts: Iterable[Count]) -> list[Count]:
    """By side and key, whoever asked; what failed without a key too."""
    found: dict[tuple[str, str, str], Count] = {}
    for one in counts:
        if one.outcome != "answered":
            key = (one.side, one.outcome, one.refusal)
            known = found.get(key) or Count(*key, "", 0, 0, 0)
            found[key] = msgspec.structs.replace(known, minute=known.minute + one.minute, hour=known.hour + one.hour, day=known.day + one.day)
    return sorted(found.values(), key=lambda one: -one.day)


def denied(counts: Iterable[Count]) -> list[Count]:
    """Who was refused at this node for want of a right."""
    return [one for one in counts if one.side == "provider" and one.refusal in DENIED and one.day]


def judged(slow: Slow, own_system: Callable[[str, str], bool], peer_of: Callable[[str], str]) -> Slow:
    """Which stage is slow, and who does its work."""
    worst = max(STAGES, key=lambda stage: slow.stages[stage].p95)
    if worst != "elsewhere":
        return msgspec.structs.replace(slow, worst=worst, by="node")
    if slow.side == "client":
        return msgspec.structs.replace(slow, worst=worst, by="peer", peer=peer_of(slow.provider))
    return msgspec.structs.replace(slow, worst=worst, by="system" if own_system(slow.provider, slow.service) else "room")


def near(
    used: Iterable[tuple[str, str, str, str, str, str, int]], limit_of: Callable[[tuple[str, str, str, str, str, str]], int | None]
) -> list[Near]:
    """Those that have used most of their limit, the fullest first."""
    found = []
    for *line, calls in used:
        client, subsystem, provider, provider_subsystem, service, purpose = line
        limit = limit_of((client, subsystem, provider, provider_subsystem, service, purpose))
        if limit and calls >= NEAR * limit:
            found.append(Near(client, subsystem, service, purpose, calls, limit))
    return sorted(found, key=lambda one: -one.calls / one.limit)
