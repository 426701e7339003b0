"""Child processes that end with us and are restarted when they fall. Light to import: the web process starts before all else loads."""

import os
import socket
import subprocess
import sys
import time

from dinh.app.places import ensure_secret, issuer_file, key_folder, ready_file, signer_socket
from dinh.kernel.settings import Settings

STOP_SECONDS = 15
PAGE_SECONDS = 60


def check_port(settings: Settings) -> None:
    """Two servers can listen on one port and share its visitors by chance: raise RuntimeError instead."""
    wanted = ((settings.port, "DINH_PORT"), (settings.links_port, "DINH_EXCHANGE_PORT"), (settings.systems_port, "DINH_SYSTEMS_PORT"))
    for port, name in wanted:
        with socket.socket() as probe:
            if port and probe.connect_ex((settings.address, port)) == 0:
                message = f"port {port} is in use: stop what runs there, or set {name}"
                raise RuntimeError(message)


def wait_for_page(settings: Settings) -> None:
    """Until the web process answers: only then is it up. Raises RuntimeError when it does not come."""
    deadline = time.monotonic() + PAGE_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((settings.address, settings.port)) == 0:
                probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if probe.recv(12).startswith(b"HTTP/1."):
                    return
        time.sleep(0.03)
    message = "the web process does not answer"
    raise RuntimeError(message)


class Children:
    """Started in order and stopped in reverse."""

    def __init__(self, only: str | None = None) -> None:
        self._environment = {**os.environ, "DINH_SUPERVISOR": str(os.getpid()), **({"DINH_ONLY_NODE": only} if only else {})}
        self._commands: dict[str, list[str]] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, module: str, *arguments: str) -> None:
        self._commands[name] = [sys.executable, "-m", module, *arguments]
        self._spawn(name)

    def start_web(self, settings: Settings) -> None:
        """Early: it loads while the rest is set up, and waits for `ready_file`."""
        settings.home.mkdir(parents=True, exist_ok=True)
        ready_file(settings).unlink(missing_ok=True)
        self.start("web", "dinh.app.serve")

    def start_signer(self, settings: Settings) -> None:
        """Early as well: setting up needs it."""
        if "signer" in self._processes:
            return
        paths = {"--socket": signer_socket, "--store": key_folder, "--secret": ensure_secret, "--issuer": issuer_file}
        self.start("signer", "dinh.trust.signer.process", *[part for flag, place in paths.items() for part in (flag, str(place(settings)))])

    def _spawn(self, name: str) -> None:
        self._processes[name] = subprocess.Popen(self._commands[name], env=self._environment)  # noqa: S603 - our own modules

    def fallen(self) -> list[tuple[str, int]]:
        """Names and exit codes of those that ended by themselves."""
        return [(name, process.returncode) for name, process in self._processes.items() if process.poll() is not None]

    def restart(self, name: str) -> None:
        self._spawn(name)

    def stop(self) -> None:
        for name in reversed(list(self._processes)):
            process = self._processes.pop(name)
            process.terminate()
            try:
                process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
