"""What an operator does from the command line."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from dinh.app.nodes import open_nodes
from dinh.app.supervisor import Supervisor
from dinh.cases import catalogue_of, read_procedure, rebuild_stages
from dinh.indicators import rebuild
from dinh.kernel import country, events
from dinh.kernel.errors import BadSignature
from dinh.kernel.settings import Settings


def with_storage(settings: Settings, work: Callable[[Supervisor], Awaitable[None]]) -> None:
    """Start database and signer for one piece of work, and stop them again."""
    supervisor = Supervisor(settings, lambda _: None)
    try:
        supervisor.start_storage()
        asyncio.run(_wait_then(supervisor, work))
    finally:
        supervisor.stop()


async def _wait_then(supervisor: Supervisor, work: Callable[[Supervisor], Awaitable[None]]) -> None:
    await supervisor.wait_signer()
    await work(supervisor)


async def verify_events(settings: Settings, only: str | None) -> list[tuple[str, int, str | None]]:
    """By node: how many events are sealed, and the first fault."""
    results: list[tuple[str, int, str | None]] = []
    async with open_nodes(settings, only, web=False) as nodes:
        for node in nodes.values():
            try:
                results.append((node.code, await events.verify(node), None))
            except BadSignature as error:
                results.append((node.code, 0, str(error)))
    return results


def check_content(settings: Settings, path: Path | None) -> int:
    """Raises BadContent."""
    known = country.load(settings.content, settings.country)
    if path is not None:
        read_procedure(known, path)
        return 1
    _ = known.nodes
    catalogue = catalogue_of(known)
    return sum(len(versions) for versions in catalogue.versions.values())


async def rebuild_figures(settings: Settings) -> list[tuple[str, int]]:
    async with open_nodes(settings, web=False) as nodes:
        counted = [(node.code, await rebuild(node)) for node in nodes.values() if "indicators" in node.plan.rooms]
        folding = [node for node in nodes.values() if node.plan.units and "cases" in node.plan.rooms]
        return counted + [(f"{node.code} (stages)", await rebuild_stages(node)) for node in folding]
