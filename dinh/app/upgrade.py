"""From one release to the next: look, save, expand; and contract once every process is new.

Nothing is stopped in between: what expands leaves everything in place that the release before uses, so its processes run on.
"""

from pathlib import Path

from dinh.app import setup
from dinh.app.backup import back_up
from dinh.app.doctor import before_upgrade
from dinh.app.pending import Step, look
from dinh.kernel.settings import Settings


async def expand(settings: Settings, say: setup.Say, backups: Path | None) -> list[Step]:
    """Look at every node, save all of them (unless `backups` is None), then apply what expands. What each node still waits for."""
    wrong = await before_upgrade(settings)
    if wrong:
        raise RuntimeError("not upgraded, nothing was touched:\n  " + "\n  ".join(f"{one.area}: {one.words}. {one.todo}" for one in wrong))
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
