"""`startup`: the first page on an installed machine, and from a fresh clone with nothing installed."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.report import Figure, figure
from bench.stack import free_port, home, running, wait_for_page

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 3


def run() -> list[Figure]:
    installed, floors = [], []
    with home() as folder:
        with running(folder):
            pass  # the first start makes the databases and the people
        for _ in range(ROUNDS):
            floors.append(_imports())
            started = time.perf_counter()
            with running(folder):
                installed.append(time.perf_counter() - started)
    floor = sorted(floors)[ROUNDS // 2]
    return [
        figure("startup", sorted(installed)[ROUNDS // 2], "s", 5, floor, "importing the application", "lower"),
        figure("startup_fresh_clone", _fresh_clone(), "s", 60, floor, "importing the application", "lower"),
    ]


def _imports() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import dinh.app.serve"], check=True)
    return time.perf_counter() - started


def _fresh_clone() -> float:
    """`git clone` and `make run` in an empty folder with an almost empty environment."""
    folder = Path(tempfile.mkdtemp(prefix="dinh-clone-"))
    folder.chmod(0o755)
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "DINH_PORT": str(port), "LANG": "C.UTF-8"}
    started = time.perf_counter()
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder / "dinh")], check=True)
    process = subprocess.Popen(
        ["make", "run"], cwd=folder / "dinh", env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        wait_for_page(port, 300)
        return time.perf_counter() - started
    finally:
        os.killpg(process.pid, 15)
        process.wait(timeout=60)
        subprocess.run(["make", "reset"], cwd=folder / "dinh", env=environment, check=False)
        shutil.rmtree(folder, ignore_errors=True)
