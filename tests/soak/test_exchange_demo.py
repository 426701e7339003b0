"""`make exchange-demo`: installations of their own join, ask and are refused, and leave nothing behind; also when whoever shows it has had enough."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from bench.stack import tree

COMMAND = [sys.executable, "-m", "dinh", "demo", "exchange", "--json"]
PREFIX = "dinh-exchange-demo-"
SCENES = 15


def started(temporary: Path, *, country: str) -> subprocess.Popen[bytes]:
    temporary.chmod(0o755)
    environment = {**os.environ, "TMPDIR": str(temporary), "DINH_COUNTRY": country}
    return subprocess.Popen(COMMAND, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture
def temporary() -> Path:
    """Short: sockets are made below it."""
    return Path(tempfile.mkdtemp(prefix="dx-"))


def left(temporary: Path) -> list[str]:
    """Folders, and processes that know one of the homes."""
    folders = [path.name for path in temporary.glob(f"{PREFIX}*")]
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"DINH_HOME={temporary}" in path.read_text(errors="replace"):
                folders.append((path.parent / "cmdline").read_text(errors="replace").replace("\0", " "))
        except OSError:
            continue
    return folders


@pytest.mark.parametrize("country", ["vn", "example"])
def test_the_play_ends_as_it_should(temporary: Path, country: str) -> None:
    process = started(temporary, country=country)
    out, said = process.communicate(timeout=400)
    assert process.returncode == 0, said.decode()
    scenes = json.loads(out)
    assert len(scenes) == SCENES
    assert all(scene["fine"] for scene in scenes)
    assert not left(temporary)


def test_whoever_interrupts_it_finds_nothing_left(temporary: Path) -> None:
    process = started(temporary, country="example")
    deadline = time.monotonic() + 120
    while len(tree(process.pid)) < 8 and time.monotonic() < deadline:
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode != 0
    assert not left(temporary)
