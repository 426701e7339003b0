"""Both nodes' processes are killed again and again under load: whatever a system was told had succeeded has its evidence on both sides."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

from bench.exchange import PROVIDER, register
from bench.stack import free_port, home, running, tree
from dinh.kernel.settings import Settings
from tests.soak.exchange_load import check, load, stub

SECONDS, PAUSE = 75, 10.0
UNKNOWN = 100


def test_no_acknowledged_exchange_is_without_its_leaf() -> None:
    with home() as folder, stub() as provider:
        systems = free_port()
        with running(folder, DINH_PERSONS="500", DINH_SYSTEMS_PORT=str(systems)) as (process, port):
            settings = Settings(home=folder, port=port)
            asyncio.run(register(settings, provider))
            told = asyncio.run(load(f"http://127.0.0.1:{systems}/r1/{PROVIDER}/echo/x", SECONDS, _kill(process.pid)))
            assert len(told.acknowledged) > UNKNOWN, "there was a load"
            assert told.failed, "and the kills were felt"
            asyncio.run(check(settings, set(told.acknowledged)))


async def _kill(pid: int) -> None:
    """Workers of the pages' process (it answers for the provider) and of the systems' process, by turns."""
    for turn in range(int((SECONDS - 8) / PAUSE)):
        await asyncio.sleep(PAUSE)
        for victim in _workers(pid, ("dinh.app.serve", "dinh.app.systems")[turn % 2]):
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)


def _workers(pid: int, module: str) -> list[int]:
    """Children of a server that serve, not the server that starts them."""
    found = {each: Path(f"/proc/{each}/cmdline").read_bytes().decode(errors="replace") for each in tree(pid) if Path(f"/proc/{each}").exists()}
    mine = [each for each, command in found.items() if module in command]
    parents = {each: int(Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()[1]) for each in mine}
    return [each for each in mine if parents[each] in mine]
