"""From one release to the next: look, save, expand; and contract once every process is new.

Nothing is stopped in between: what expands leaves everything in place that the release before uses, so its processes run on.
"""

from pathlib import Path

import msgspec

from dinh.app import release, rooms, setup
from dinh.app.backup import back_up
from dinh.app.databases import Databases
from dinh.kernel import country
from dinh.kernel.database import migrations
from dinh.kernel.database.migrations import Migration
from dinh.kernel.settings import Settings


class Step(msgspec.Struct, frozen=True):
    """What a node's database has and lacks. `older` are releases whose processes are still connected."""

    node: str
    expand: list[str]
    contract: list[str]
    older: list[str]


async def look(settings: Settings) -> list[Step]:
    """Raises ValueError for a migration that was applied with other text: then nothing is touched."""
    known, databases = country.load(settings.content, settings.country), Databases(settings)
    return [await _look(databases, plan.code, rooms.migrations_of(plan.rooms)) for plan in known.nodes.values()]


async def _look(databases: Databases, node: str, known: list[Migration]) -> Step:
    connection = await databases.owner(databases.name(node))
    try:
        waiting = migrations.pending(known, await migrations.applied(connection))
        older = await migrations.others(connection, release.current().mark)
    finally:
        await connection.close()
    kinds = {kind: [migration.title for migration in waiting if migration.kind == kind] for kind in ("expand", "contract")}
    return Step(node, kinds["expand"], kinds["contract"], older)


async def expand(settings: Settings, say: setup.Say, backups: Path | None) -> list[Step]:
    """Look at every node, save all of them (unless `backups` is None), then apply what expands. What each node still waits for."""
    for step in await look(settings):
        say(f"{step.node}: {len(step.expand)} to apply{', ' + ', '.join(step.expand) if step.expand else ''}")
    if backups is not None:
        say(f"saved in {await back_up(settings, backups)}")
    await setup.migrate(settings, say)
    return await look(settings)


async def contract(settings: Settings, say: setup.Say) -> list[Step]:
    """Take away what only earlier releases need. Raises RuntimeError while a process of one is connected."""
    steps = await look(settings)
    older = {f"{step.node}: {name}" for step in steps for name in step.older}
    if older:
        message = f"an earlier release still runs ({', '.join(sorted(older))}): restart every process, then contract"
        raise RuntimeError(message)
    await setup.migrate(settings, say, contract=True)
    return await look(settings)
