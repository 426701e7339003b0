"""`docs/guides/connect.md` says what is true: its blocks run in order, against a registry that runs, and say what the page says they say."""

import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from bench.stack import free_port, home, wait_for_page
from dinh.kernel.settings import ROOT, keep

GUIDE = ROOT / "docs" / "guides" / "connect.md"
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str]]:
    return BLOCK.findall(GUIDE.read_text(encoding="utf-8"))


def test_every_step_of_the_guide_works(tmp_path: Path) -> None:
    with ExitStack() as stack:
        registry, agency = stack.enter_context(home()), stack.enter_context(home())
        agency.rmdir()
        port, ports = free_port(), [free_port() for _ in range(3)]
        keep(registry, {"DINH_PORT": str(port), "DINH_EXCHANGE_PORT": str(port + 1), "DINH_PERSONS": "500", "DINH_LOG_LEVEL": "error"})
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DINH_") and name != "PYTHONDONTWRITEBYTECODE"}
        served = subprocess.Popen(
            [sys.executable, "-m", "dinh", "serve", "portal"], env={**environment, "DINH_HOME": str(registry)}, stderr=subprocess.DEVNULL
        )
        stack.callback(served.wait, 60)
        stack.callback(served.terminate)
        wait_for_page(port, 180)
        named = dict(zip(("PORT", "LINKS", "SYSTEM"), map(str, ports), strict=True)) | {"REGISTRY": str(registry), "AGENCY": str(agency)}
        script = "\n".join(["set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT", *_in(tmp_path)])
        done = subprocess.run(["bash", "-c", script], env={**environment, **named}, cwd=ROOT, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        left = {"stdout": done.stdout, "stderr": done.stderr}
        for line in (line for kind, text in blocks() if kind == "text" for line in text.splitlines()):
            stream = next((name for name, rest in left.items() if line in rest), "")
            assert stream, (line, left)
            left[stream] = left[stream].partition(line)[2]


def _in(folder: Path) -> list[str]:
    """The steps, with the files that people carry in a folder of the test's."""
    text = "\n".join(text for kind, text in blocks() if kind == "sh")
    for name in ("new.json", "let.json", "t12.admission", "headers.txt", "answer.asice"):
        text = text.replace(name, str(folder / name)).replace(f"--output {folder / name}", f"--output {folder / name}")
    return [text]
