"""A worker that is killed again and again: every decided case is settled once, with nothing doubled."""

import asyncio
import os
import random
import signal
import subprocess
import sys

import pytest

from tests.flows import births
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
CASES, KILLS = 12, 15


def _worker(world: World) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DINH_HOME": str(world.settings.home), "DINH_PORT": str(world.settings.port), "DINH_LOG_LEVEL": "critical"}
    return subprocess.Popen([sys.executable, "-m", "dinh.app.worker"], env=environment)


async def test_a_worker_killed_between_any_two_steps_doubles_nothing(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    codes = []
    for at in range(CASES):
        code = await births.file_case(world, mother, f"Trần Khuê Bền {'ABCDEGHIKLMN'[at]}")
        await births.handle(world, code)
        await births.decide(world, code)
        codes.append(code)
    chance = random.Random(7)
    for _ in range(KILLS):
        worker = _worker(world)
        await asyncio.sleep(2.0 + chance.random() * 1.5)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    worker = _worker(world)
    for _ in range(120):
        if await _settled(world, codes) == CASES:
            break
        await asyncio.sleep(0.5)
    worker.terminate()
    worker.wait()
    await world.settle()
    assert await _settled(world, codes) == CASES
    for schema, sql in (
        (world.registers, "SELECT count(*) FROM registers.person WHERE source_case = ANY ($1)"),
        (world.registers, "SELECT count(*) FROM registers.birth WHERE case_code = ANY ($1)"),
        (world.portal, "SELECT count(*) FROM vault.document WHERE case_code = ANY ($1)"),
    ):
        async with schema.pool.acquire() as connection:
            await connection.execute("SET ROLE dinh_system")
            assert await connection.fetchval(sql, codes) == CASES
            await connection.execute("RESET ROLE")


async def _settled(world: World, codes: list[str]) -> int:
    async with world.desk.pool.acquire() as connection:
        await connection.execute("SET ROLE dinh_system")
        count = await connection.fetchval("SELECT count(*) FROM cases.case WHERE code = ANY ($1) AND settled_at IS NOT NULL", codes)
        await connection.execute("RESET ROLE")
    return int(count)
