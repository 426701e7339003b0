"""Look at everything, in the order in which one thing needs the other."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

from dinh.app.databases import Databases
from dinh.app.doctor import installation, machine
from dinh.app.doctor.content import content
from dinh.app.doctor.contracts import Finding
from dinh.app.operations import with_running_storage
from dinh.app.places import is_running
from dinh.kernel.settings import Settings

Tell = Callable[[Finding], None]
LEVELS = ("ok", "warning", "bad")


def examine(settings: Settings, tell: Tell) -> None:
    """Each finding as it is made. Where nothing runs, database and signer are started for the time of the look; nothing is changed."""
    for check in (*machine.CHECKS, content):
        for finding in check(settings):
            tell(finding)
    if not _set_up(settings):
        tell(Finding("installation", "warning", "nothing is set up here yet", "Run: make run"))
        return
    running = is_running(settings)
    try:
        with_running_storage(settings, lambda: _installation(settings, tell, running=running))
    except RuntimeError as error:
        tell(Finding("installation", "bad", str(error), "Correct what it says, and look again"))


def _set_up(settings: Settings) -> bool:
    server = None if settings.database_url else Databases(settings).server
    return (settings.home / "nodes").exists() and (server is None or (server.data / "PG_VERSION").exists())


async def _installation(settings: Settings, tell: Tell, *, running: bool) -> None:
    for part in (installation.database, installation.migrations):
        found = await _told(part(settings), tell)
        if any(finding.level == "bad" for finding in found) or (part is installation.migrations and found[0].todo == "Run: make upgrade"):
            return
    await _told(installation.nodes(settings, running=running), tell)


async def _told(findings: AsyncIterator[Finding], tell: Tell) -> list[Finding]:
    found = []
    async for finding in findings:
        tell(finding)
        found.append(finding)
    return found


async def before_upgrade(settings: Settings) -> list[Finding]:
    """What must be well before data are touched: what is bad of it."""
    checks: Iterable[Callable[[Settings], Iterable[Finding]]] = (machine.postgresql, machine.permissions, machine.disk, content)
    found = [finding for check in checks for finding in await asyncio.to_thread(lambda check=check: list(check(settings)))]  # type: ignore[misc]
    return [finding for finding in [*found, *await _all(installation.database(settings))] if finding.level == "bad"]


async def _all(findings: AsyncIterator[Finding]) -> list[Finding]:
    return [finding async for finding in findings]


def worst(findings: Iterable[Finding]) -> int:
    """The exit status: 0 when all is well, 1 for a warning, 2 for what is bad."""
    return max((LEVELS.index(finding.level) for finding in findings), default=0)
