"""What an operator does from the command line."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from dinh.app import processing, retention
from dinh.app.backup import kept_keys
from dinh.app.certificates import Imported, Known, certificates_of, import_all, request_due
from dinh.app.certificates import ask as ask_certificate
from dinh.app.nodes import open_nodes
from dinh.app.operator import Operator, entrust, operators_of, relieve
from dinh.app.places import claim, is_running
from dinh.app.supervisor import Supervisor
from dinh.cases import Hold, catalogue_of, holds_of, lift_hold, place_hold, read_procedure, rebuild_stages
from dinh.identity import person_of
from dinh.indicators import rebuild
from dinh.kernel import country, events
from dinh.kernel.caller import system
from dinh.kernel.errors import BadSignature, NotFound
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.kernel.texts import Texts
from dinh.registers import measure_now

WHO = system("command")
Result = TypeVar("Result")


def with_storage(settings: Settings, work: Callable[[Supervisor], Awaitable[None]]) -> None:
    """Start database and signer for one piece of work, and stop them again."""
    supervisor = Supervisor(settings, lambda _: None)
    try:
        supervisor.start_storage()
        asyncio.run(_wait_then(supervisor, work))
    finally:
        supervisor.stop()


def with_running_storage(settings: Settings, work: Callable[[], Awaitable[Result]]) -> Result:
    """In an installation that runs, beside it; otherwise with its storage started for this one piece of work."""
    if is_running(settings):
        return asyncio.run(_as_coroutine(work))
    found: list[Result] = []

    async def keep(_: Supervisor) -> None:
        found.append(await work())

    with claim(settings):
        with_storage(settings, keep)
    return found[0]


async def _as_coroutine(work: Callable[[], Awaitable[Result]]) -> Result:
    return await work()


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
    known = country.of(settings)
    if path is not None:
        read_procedure(known, path)
        return 1
    _ = known.nodes
    catalogue = catalogue_of(known)
    return sum(len(versions) for versions in catalogue.versions.values())


def data_register(settings: Settings) -> processing.Processing:
    """Raises BadContent."""
    return processing.processing_of(country.of(settings))


async def run_retention(settings: Settings, backup: Path | None, *, apply: bool) -> list[retention.RunReport]:
    """Every node in turn. A backup's keys are saved anew behind a run that disposes. Raises RuntimeError for a folder without a backup."""
    keys = kept_keys(settings, backup)
    if backup is not None and keys is None:
        raise RuntimeError(f"{backup} holds no backup")
    async with open_nodes(settings, web=False) as nodes:
        return [await retention.run(node, apply=apply, backup=keys) for node in nodes.values()]


async def change_hold(settings: Settings, code: str | None, reference: str | None) -> list[Hold]:
    """Keep a case by order, or lift that without a reference; without a case change nothing. What is kept now. Raises RuntimeError where no node has it."""
    found: list[Hold] = []
    changed = code is None
    async with open_nodes(settings, web=False) as nodes:
        for node in (one for one in nodes.values() if one.plan.units and "cases" in one.plan.rooms):
            with contextlib.suppress(NotFound):
                if code:
                    async with node.write(WHO) as tx:
                        await (place_hold(tx, WHO, code, reference) if reference else lift_hold(tx, WHO, code))
                    changed = True
            async with node.read(WHO) as tx:
                found += await holds_of(tx)
    if not changed:
        raise RuntimeError(f"{code}: no such case, or nothing holds it")
    return found


async def rebuild_figures(settings: Settings) -> list[tuple[str, int]]:
    async with open_nodes(settings, web=False) as nodes:
        counted = [(node.code, await rebuild(node)) for node in nodes.values() if "indicators" in node.plan.rooms]
        folding = [node for node in nodes.values() if node.plan.units and "cases" in node.plan.rooms]
        return counted + [(f"{node.code} (stages)", await rebuild_stages(node)) for node in folding]


async def measure_registers(settings: Settings) -> list[tuple[str, int, int]]:
    """Measure the quality of every register now. By register: records, and how many seconds it took."""
    async with open_nodes(settings, web=False) as nodes:
        node = next(node for node in nodes.values() if "registers" in node.plan.rooms)
        return [(run.register, run.records, run.seconds) for run in await measure_now(node)]


async def list_certificates(settings: Settings) -> list[tuple[Known, list[str]]]:
    """The first to end first, each with the nodes that depend on it."""
    known: dict[Known, list[str]] = {}
    async with open_nodes(settings, web=False) as nodes:
        for node in nodes.values():
            async with node.read(WHO) as tx:
                for one in await certificates_of(tx):
                    known.setdefault(one, []).append(node.code)
    return sorted(known.items())


async def request_certificates(settings: Settings, name: str | None) -> list[Path]:
    """Raises RuntimeError for a name of nothing here."""
    async with open_nodes(settings, web=False) as nodes:
        return [await ask_certificate(settings, nodes, name)] if name else await request_due(settings, nodes)


async def import_certificates(settings: Settings, file: Path) -> list[Imported]:
    """Raises RuntimeError, ValueError."""
    async with open_nodes(settings, web=False) as nodes:
        return await import_all(settings, nodes, file.read_bytes())


async def operators(settings: Settings, only: str | None) -> list[tuple[str, Operator]]:
    """Who operates which node: references, not names."""
    async with open_nodes(settings, only, web=False) as nodes:
        found = []
        for node in nodes.values():
            async with node.read(WHO) as tx:
                found += [(node.code, one) for one in await operators_of(tx)]
        return found


async def change_operator(settings: Settings, code: str, number: str, *, add: bool) -> None:
    """Entrust a node to the person with this number, or relieve them. Raises RuntimeError for an unknown node or number.

    In a member's own installation, where no accounts are, `number` is what `dinh operator reference` says of it at the national identity's.
    """
    async with open_nodes(settings, web=False) as nodes:
        if code not in nodes:
            message = f"there is no node {code!r}; this country has {', '.join(nodes)}"
            raise RuntimeError(message)
        issuer = nodes.get(nodes[code].country.identity.code)
        person = await _person(issuer, number) if issuer else number
        try:
            async with nodes[code].write(WHO) as tx:
                await (entrust if add else relieve)(tx, WHO, person)
        except NotFound as error:
            raise RuntimeError(nodes[code].part(Texts).word("en", error.key)) from error


async def _person(issuer: Node, number: str) -> str:
    try:
        async with issuer.read(WHO) as tx:
            return await person_of(tx, number)
    except NotFound as error:
        raise RuntimeError(issuer.part(Texts).word("en", error.key)) from error


async def reference(settings: Settings, number: str) -> str:
    """By which the nodes of the state know the person with this number. Raises RuntimeError, also where the accounts are elsewhere."""
    async with open_nodes(settings, web=False) as nodes:
        issuer = nodes.get(next(iter(nodes.values())).country.identity.code)
        if issuer is None:
            raise RuntimeError("the accounts are in the installation of the national identity")
        return await _person(issuer, number)
