"""`dinh run`: PostgreSQL, signer, web and worker as children that end with us, restarted when they fall."""

import contextlib
import os
import signal
import time
from collections.abc import Callable

from dinh.app import demo, setup
from dinh.app.children import Children
from dinh.app.databases import Databases
from dinh.app.places import ready_file
from dinh.app.signatures import wait_signer
from dinh.kernel import country, log
from dinh.kernel.settings import Settings

_log = log.get("app")


def _take_turns() -> None:
    """Who wakes does not interrupt who works (SCHED_BATCH): what passes from process to process gathers on its way, and costs each of them fewer turns.
    Children inherit it. Where the system has no such policy, or forbids it, they run as everything does.
    """
    if hasattr(os, "SCHED_BATCH") and os.sched_getscheduler(0) == os.SCHED_OTHER:
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


class Supervisor:
    """Database and children of one installation."""

    def __init__(self, settings: Settings, say: Callable[[str], None], only: str | None = None, children: Children | None = None) -> None:
        self.settings, self.say = settings, say
        if only is not None and only not in (codes := country.of(settings).hosted):
            message = f"there is no node {only!r}; this installation has {', '.join(codes)}"
            raise RuntimeError(message)
        self.databases = Databases(settings)
        self.children = children or Children(only)

    def start_storage(self) -> None:
        """Database and signer: what setup needs. Raises RuntimeError in an unsafe production."""
        setup.refuse_unsafe(self.settings)
        _take_turns()
        if self.databases.server:
            self.databases.server.start()
        self.children.start_signer(self.settings)

    async def set_up(self, progress: demo.Progress) -> None:
        """Everything that has to be there before the first page. Quick when it is there already."""
        await self.wait_signer()
        await setup.migrate(self.settings, self.say)
        await setup.prepare(self.settings, self.say)
        if not self.settings.production and not country.node_file(self.settings).exists():
            await demo.populate(self.settings, self.settings.persons, progress)
            await demo.staff(self.settings)

    async def wait_signer(self) -> None:
        await wait_signer(self.settings)

    def open(self) -> None:
        """Everything is there: the web process that waits may serve, and the worker starts."""
        ready_file(self.settings).touch()
        self.children.start("worker", "dinh.app.worker")
        if self.settings.systems_port:
            self.children.start("systems", "dinh.app.systems")

    def watch(self) -> None:
        """Until SIGTERM or SIGINT. A database that was killed comes back, and so does every other child."""
        stopping = False

        def stop(*_: object) -> None:
            nonlocal stopping
            stopping = True

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        while not stopping:
            self._revive()
            time.sleep(0.2)

    def _revive(self) -> None:
        server = self.databases.server
        if server and not server.alive() and not server.running():
            _log.warning("database_restarted")
            server.start()
        for name, status in self.children.fallen():
            _log.warning("child_restarted", child=name, status=status)
            time.sleep(0.5)
            self.children.restart(name)

    def stop(self) -> None:
        self.children.stop()
        if self.databases.server:
            self.databases.server.stop()
