"""The background process: seals events, delivers messages, counts figures, folds stages and runs jobs, for every node."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from functools import partial

import uvloop

from dinh import notices
from dinh.app import retention
from dinh.app.certificates import alarm
from dinh.app.databases import Databases
from dinh.app.nodes import open_nodes
from dinh.app.operator import Rounds
from dinh.app.serve import die_with
from dinh.app.setup import renew
from dinh.app.wires import joined
from dinh.cases import discard_old_drafts, follow_stages, transfer
from dinh.exchange import (
    count_calls,
    count_hours,
    deliver,
    follow_registry,
    forget_questions,
    gather_figures,
    hand_over,
    look_again,
    publish_configuration,
    show_heads,
    spread_news,
    stamp_evidence,
    tell_news,
)
from dinh.identity import purge
from dinh.indicators import publish, read_spine
from dinh.kernel import events, jobs, log, settings
from dinh.kernel.errors import Unavailable
from dinh.kernel.node import Node
from dinh.registers import measure

PAUSE = 0.25
LONGEST_PAUSE = 0.8
BROKEN_PAUSE = 2.0
NIGHTLY_PAUSE = 30.0
HOUR = 3600.0
FOLLOW_PAUSE, LOOK_PAUSE, PUBLISH_PAUSE = 60.0, 2.0, 5.0
STAMP_PAUSE = HEADS_PAUSE = NEWS_PAUSE = COUNT_PAUSE = 60.0
HANDOVER_PAUSE = 1.0
RATES_PAUSE = 10.0
# So long a round waits for slow receivers; then they go on beside the next ones.
PATIENCE = 0.5
MARKS_PAUSE = 15.0
_log = log.get("app")


async def _loop(name: str, node: Node, step: Callable[[Node], Awaitable[int]], rounds: Rounds, stop: asyncio.Event, idle: float = PAUSE) -> None:
    """Again at once while there is work; when there is none, after `idle` seconds, and then more seldom; a fault is logged and tried again."""
    pause = 0.0
    while not stop.is_set():
        try:
            pause = 0.0 if await step(node) else max(idle, min(2 * pause, LONGEST_PAUSE))
            rounds.note(name)
        except Unavailable:
            pause = BROKEN_PAUSE
        except Exception as error:  # noqa: BLE001
            _log.error("loop_failed", node=node.code, loop=name, exc_info=error)
            pause = BROKEN_PAUSE
        if pause:
            await _sleep(stop, pause)


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def _hourly(node: Node, rounds: Rounds, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await purge(node)
            if "exchange" in node.plan.rooms:
                await forget_questions(node)
            while node.plan.code == node.country.portal.code and await discard_old_drafts(node):
                pass
            if "notices" in node.plan.rooms:
                await notices.forget(node)
            if node.plan.units and "cases" in node.plan.rooms:
                await transfer(node)
            rounds.note("purge")
        except Unavailable:
            _log.warning("purge_waits", node=node.code)
        await _sleep(stop, HOUR)


async def _marks(node: Node, rounds: Rounds, stop: asyncio.Event) -> None:
    """Keep when each loop last ran, where the operator's page finds it."""
    while not stop.is_set():
        try:
            await rounds.keep(node)
        except Exception as error:  # noqa: BLE001
            _log.warning("marks_not_kept", node=node.code, reason=type(error).__name__)
        await _sleep(stop, MARKS_PAUSE)


async def _jobs(node: Node, databases: Databases, stop: asyncio.Event) -> None:
    """A queue that lost its database is built anew."""
    while not stop.is_set():
        try:
            pool = await databases.pool(node.code, min_size=2, max_size=4)
            async with pool:
                await jobs.work(node, pool, stop)
        except Exception as error:  # noqa: BLE001
            _log.warning("jobs_interrupted", node=node.code, reason=type(error).__name__)
            await _sleep(stop, BROKEN_PAUSE)


def loops_of(node: Node) -> dict[str, Callable[[Node], Awaitable[int]]]:
    found: dict[str, Callable[[Node], Awaitable[int]]] = {"seal": events.seal, "deliver": partial(deliver, patience=PATIENCE)}
    if "indicators" in node.plan.rooms:
        found["figures"], found["publish"] = read_spine, publish
    if "notices" in node.plan.rooms:
        found |= {"notices": notices.read_spine, "send": notices.send}
    if node.plan.units and "cases" in node.plan.rooms:
        found["stages"] = follow_stages
    return found


def watches_of(node: Node) -> dict[str, tuple[Callable[[Node], Awaitable[int]], float]]:
    """What the exchange does beside its traffic, each with its pause in seconds."""
    if "exchange" not in node.plan.rooms:
        return {}
    found: dict[str, tuple[Callable[[Node], Awaitable[int]], float]] = {
        "registry": (follow_registry, FOLLOW_PAUSE),
        "configuration": (look_again, LOOK_PAUSE),
        "handover": (partial(hand_over, patience=PATIENCE), HANDOVER_PAUSE),
        "stamps": (stamp_evidence, STAMP_PAUSE),
        "heads": (show_heads, HEADS_PAUSE),
        "news": (spread_news, NEWS_PAUSE),
        "rates": (count_calls, RATES_PAUSE),
        "statistics": (count_hours, COUNT_PAUSE),
    }
    if node.code == node.country.portal.code:
        found["telling"] = (tell_news, NEWS_PAUSE)
    if node.code == node.country.registry.code:
        found |= {"publication": (publish_configuration, PUBLISH_PAUSE), "national": (gather_figures, COUNT_PAUSE)}
    return found


def renewing(chosen: settings.Settings, nodes: dict[str, Node]) -> Callable[[Node], Awaitable[int]]:
    """Certificates are renewed once for the nodes of this process, and their ends are said at each of them."""

    async def step(node: Node) -> int:
        if node is next(iter(nodes.values())):
            await renew(chosen, nodes, lambda words: _log.info("certificates", said=words))
        await alarm(node)
        return 0

    return step


def nightly_of(node: Node) -> dict[str, Callable[[Node], Awaitable[int]]]:
    """What is due once a night, step by step: each looks for itself whether it is time, and goes on where a killed worker stopped."""
    found: dict[str, Callable[[Node], Awaitable[int]]] = {"quality": measure} if "registers" in node.plan.rooms else {}
    return found | {"retention": retention.nightly} if node.settings.retention_hour is not None else found


async def run(only: str | None, stop: asyncio.Event) -> None:
    chosen = settings.load()
    databases = Databases(chosen)
    async with open_nodes(chosen, only, web=False) as nodes, joined(chosen, nodes, listen=False), asyncio.TaskGroup() as group:
        for node in nodes.values():
            await events.republish(node)
            rounds = Rounds()
            for name, step in loops_of(node).items():
                group.create_task(_loop(name, node, step, rounds, stop))
            for name, step in nightly_of(node).items():
                group.create_task(_loop(name, node, step, rounds, stop, NIGHTLY_PAUSE))
            for name, (step, pause) in watches_of(node).items():
                group.create_task(_loop(name, node, step, rounds, stop, pause))
            group.create_task(_loop("certificates", node, renewing(chosen, nodes), rounds, stop, HOUR))
            group.create_task(_hourly(node, rounds, stop))
            group.create_task(_marks(node, rounds, stop))
            if node.part(jobs.Jobs):
                group.create_task(_jobs(node, databases, stop))


async def _main() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run(os.environ.get("DINH_ONLY_NODE"), stop)


def main() -> None:
    log.set_up(settings.load().log_level)
    if os.environ.get("DINH_SUPERVISOR"):
        die_with(int(os.environ["DINH_SUPERVISOR"]))
    uvloop.run(_main())


if __name__ == "__main__":
    main()
