"""`dinh run`: PostgreSQL, signer, web and worker as children that end with us, restarted when they fall."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

from dinh.app import demo, setup
from dinh.app.databases import Databases
from dinh.app.signatures import issuer_file, signer_client, signer_socket
from dinh.kernel import country, log
from dinh.kernel.settings import Settings
from dinh.trust import SignerError

READY_SECONDS = 20
_log = log.get("app")


class Supervisor:
    """Children are started in order and stopped in reverse; one that ends by itself is started again."""

    def __init__(self, settings: Settings, say: Callable[[str], None], only: str | None = None) -> None:
        self.settings, self.say = settings, say
        if only is not None and only not in (codes := country.load(settings.content, settings.country).nodes):
            message = f"there is no node {only!r}; this country has {', '.join(codes)}"
            raise RuntimeError(message)
        self.databases = Databases(settings)
        self._environment = {**os.environ, "DINH_SUPERVISOR": str(os.getpid()), **({"DINH_ONLY_NODE": only} if only else {})}
        self._commands: dict[str, list[str]] = {}
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def start_storage(self) -> None:
        """Database and signer: what setup needs. Raises RuntimeError in an unsafe production."""
        setup.refuse_unsafe(self.settings)
        if self.databases.server:
            self.databases.server.start()
        home, secret = self.settings.home / "trust", setup.ensure_secrets(self.settings)
        arguments = ["--socket", str(signer_socket(self.settings)), "--store", str(home / "keys"), "--secret", str(secret)]
        self._spawn("signer", [sys.executable, "-m", "dinh.trust.signer.process", *arguments, "--issuer", str(issuer_file(self.settings))])

    def check_port(self) -> None:
        """Two servers can listen on one port and share its visitors by chance: raise RuntimeError instead."""
        with socket.socket() as probe:
            if probe.connect_ex((self.settings.address, self.settings.port)) == 0:
                message = f"port {self.settings.port} is in use: stop what runs there, or set DINH_PORT"
                raise RuntimeError(message)

    async def set_up(self, progress: demo.Progress) -> None:
        """Everything that has to be there before the first page. Quick when it is there already."""
        await self.wait_signer()
        await setup.migrate(self.settings, self.say)
        await setup.prepare(self.settings, self.say)
        if not self.settings.production:
            await demo.populate(self.settings, self.settings.persons, progress)
            await demo.staff(self.settings)

    async def wait_signer(self) -> None:
        client, deadline = signer_client(self.settings), time.monotonic() + READY_SECONDS
        while True:
            try:
                await client.create("ready", "node")
                break
            except SignerError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.05)
        await client.close()

    def start_services(self) -> None:
        self._spawn("web", [sys.executable, "-m", "dinh.app.serve"])
        self._spawn("worker", [sys.executable, "-m", "dinh.app.worker"])

    def _spawn(self, name: str, command: list[str]) -> None:
        self._commands[name] = command
        self._children[name] = subprocess.Popen(command, env=self._environment)  # noqa: S603 - our own modules

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
        for name, child in list(self._children.items()):
            if child.poll() is not None:
                _log.warning("child_restarted", child=name, status=child.returncode)
                time.sleep(0.5)
                self._spawn(name, self._commands[name])

    def stop(self) -> None:
        for name in reversed(list(self._children)):
            child = self._children.pop(name)
            child.terminate()
            try:
                child.wait(timeout=15)
            except subprocess.TimeoutExpired:
                child.kill()
        if self.databases.server:
            self.databases.server.stop()
