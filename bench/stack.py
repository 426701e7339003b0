"""A running installation for benchmarks, with the CPU time of its processes."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """With the next one free as well: other nodes connect there."""
    while True:
        with socket.socket() as probe, socket.socket() as beside:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
            with suppress(OSError, OverflowError):
                beside.bind(("127.0.0.1", port + 1))
                return port


def wait_for_page(port: int, seconds: float) -> float:
    """Seconds until the first page of the portal. Raises TimeoutError."""
    started = time.perf_counter()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": f"localhost:{port}"})
    while time.perf_counter() - started < seconds:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return time.perf_counter() - started
        except OSError:
            time.sleep(0.02)
    raise TimeoutError


@contextmanager
def home() -> Iterator[Path]:
    """On a real disk, so that a commit costs what it costs."""
    folder = Path(tempfile.mkdtemp(prefix="dinh-bench-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`dinh run` on a free port, until its first page."""
    port = free_port()
    # As on an installed machine: with its compiled bytecode, also where the shell that runs the benchmark forbids writing it.
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = {**own, "DINH_HOME": str(folder), "DINH_PORT": str(port), "DINH_LOG_LEVEL": "error", **settings}
    process = subprocess.Popen([sys.executable, "-m", "dinh", "run"], env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_for_page(port, 120)
        yield process, port
    finally:
        process.terminate()
        process.wait(timeout=60)


def tree(root: int) -> list[int]:
    """A process with all that it started."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue += children.get(pid, [])
    return found


def cpu_seconds(root: int) -> float:
    """User and system time of a process tree, with children that have ended."""
    total = 0
    for pid in tree(root):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(fields[at]) for at in (11, 12, 13, 14))
    return total / TICK
