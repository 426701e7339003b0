"""What a node's database has of this release, and what it lacks."""

import msgspec

from dinh.app import release, rooms
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
    known, databases = country.of(settings), Databases(settings)
    return [await _look(databases, plan.code, rooms.migrations_of(plan.rooms)) for plan in known.hosted.values()]


async def _look(databases: Databases, node: str, known: list[Migration]) -> Step:
    connection = await databases.owner(databases.name(node))
    try:
        waiting = migrations.pending(known, await migrations.applied(connection))
        older = await migrations.others(connection, release.current().mark)
    finally:
        await connection.close()
    kinds = {kind: [migration.title for migration in waiting if migration.kind == kind] for kind in ("expand", "contract")}
    return Step(node, kinds["expand"], kinds["contract"], older)
