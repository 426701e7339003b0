"""Make the archive of a release from which upgrades are tested.

Run it in a checkout of that release, with that release's environment, and keep what it makes beside this file:

    python PATH/make_release.py TARGET.tar.xz
"""

import asyncio
import json
import lzma
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

sys.path.insert(0, os.getcwd())  # noqa: PTH109 - the release's own `tests` and `dinh`, not this file's

from dinh.app.backup import back_up
from tests.flows import births
from tests.world import World, create

PERSONS = 240


async def _fill(world: World) -> dict[str, str]:
    """One case in each state that a case can rest in. Not one that waits to be signed: its ticket would be too old by the time of the test."""
    mother = await world.sign_in(world.account("mother"))
    made = {"returned": await births.register_birth(world, mother, "Trần Khuê Xong")}
    made["submitted"] = await births.file_case(world, mother, "Trần Khuê Nộp")
    made["proposed"] = await births.file_case(world, mother, "Trần Khuê Trình")
    await births.handle(world, made["proposed"])
    made["rejected"] = await births.file_case(world, mother, "Trần Khuê Trả")
    await births.handle(world, made["rejected"], "refuse")
    await births.decide(world, made["rejected"], "refuse")
    await world.settle()
    made["accepted"] = await births.file_case(world, mother, "Trần Khuê Nhận")
    registrar = await world.sign_in(world.account(world.demo.handler))
    await registrar.post(f"/desk/{made['accepted']}/accept")
    made["draft"] = await births.fill_in(world, mother, "Trần Khuê Nháp")
    return made


async def _make(target: Path) -> None:
    commit = subprocess.run(["git", "rev-parse", "--short=7", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    async with create(PERSONS) as world:
        made = await _fill(world)
        about = {"commit": commit, "persons": PERSONS, "cases": made}
        with tempfile.TemporaryDirectory() as folder:
            await back_up(world.settings, Path(folder) / "backups")
            (Path(folder) / "backups" / "release.json").write_text(json.dumps(about, indent=1) + "\n")
            with lzma.open(target, "wb", preset=9) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
                archive.add(Path(folder) / "backups", "backups")
    sys.stdout.write(f"{target}: {target.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    asyncio.run(_make(Path(sys.argv[1]).resolve()))
