"""The database server dies under load and its standby takes over: traffic resumes, and nothing that was acknowledged is lost."""

import asyncio
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from bench.exchange import PROVIDER, register
from bench.stack import free_port, home, running, tree
from dinh.kernel.database.embedded import OWNER, Server
from dinh.kernel.settings import Settings
from tests.soak.exchange_load import check, load, stub

SECONDS, DIES_AFTER, DOWN = 60, 20.0, 3.0
# Until traffic flows again after the promotion: every pool has to notice, and to find the other server.
RESUMES = 15.0
ENOUGH = 100


def test_a_standby_takes_over_and_nothing_acknowledged_is_lost() -> None:
    with home() as folder, home() as first, home() as second, stub() as provider:
        # No commit returns before the standby has it on its disk.
        primary = Server(first, {"wal_level": "replica", "max_wal_senders": "4", "synchronous_standby_names": "*"})
        primary.start()
        with (primary.data / "pg_hba.conf").open("a") as rules:
            rules.write("local replication all peer map=dinh\n")
        primary.stop()
        primary.start()
        standby = _standby_of(primary, second)
        try:
            systems = free_port()
            url = f"postgresql://{OWNER}@/postgres?host={primary.sockets},{standby.sockets}&target_session_attrs=primary"
            with running(folder, DINH_PERSONS="500", DINH_SYSTEMS_PORT=str(systems), DINH_DATABASE_URL=url) as (_, port):
                settings = Settings(home=folder, port=port, database_url=url)
                asyncio.run(register(settings, provider))
                promoted: list[float] = []
                told = asyncio.run(load(f"http://127.0.0.1:{systems}/r1/{PROVIDER}/echo/x", SECONDS, _fail_over(primary, standby, promoted)))
                after = [at for at in told.acknowledged.values() if at > promoted[0]]
                assert len(told.acknowledged) - len(after) > ENOUGH, "there was a load before"
                assert told.failed, "and the end of the server was felt"
                assert len(after) > ENOUGH, "and traffic went on"
                assert min(after) - promoted[0] < RESUMES
                asyncio.run(check(settings, set(told.acknowledged)))
        finally:
            primary.stop()
            standby.stop()


def _standby_of(primary: Server, place: Path) -> Server:
    standby = Server(place, {"hot_standby": "on"})
    standby.data.parent.mkdir(parents=True, exist_ok=True)
    os.chown(standby.data.parent, standby.account.pw_uid, standby.account.pw_gid)
    command = primary.tool("pg_basebackup", "-D", str(standby.data), "-h", str(primary.sockets), "-U", OWNER, "-R", "-X", "stream")
    subprocess.run(command, check=True, user=primary.account.pw_uid, group=primary.account.pw_gid, extra_groups=[], cwd="/")
    standby.start()
    return standby


async def _fail_over(primary: Server, standby: Server, promoted: list[float]) -> None:
    await asyncio.sleep(DIES_AFTER)
    await asyncio.to_thread(_kill, primary)
    await asyncio.sleep(DOWN)
    command = standby.tool("psql", "-h", str(standby.sockets), "-U", OWNER, "-d", "postgres", "-c", "SELECT pg_promote()")
    await asyncio.to_thread(subprocess.run, command, check=True)
    promoted.append(time.monotonic())


def _kill(server: Server) -> None:
    """As a power cut: no process of the server gets to write another byte."""
    first = int((server.data / "postmaster.pid").read_text().splitlines()[0])
    for each in tree(first):
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
