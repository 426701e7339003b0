"""The repository works on any machine, and its decisions can be read in one shape."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.walls.source import ROOT, listed, name_of, read

DECISIONS = ROOT / "docs" / "decisions"
HEADINGS = ["Context", "Decision", "Consequences", "Alternatives", "References"]
DECISION_NAME = re.compile(r"\d{4}-[a-z0-9-]+\.md")
# Put together here, so that this file does not find itself.
MACHINE = re.compile(
    "|".join(rf"(?<![\w.]){folder}(?=[\w./-])" for folder in ("/" + "work/", "/" + "root/", "/" + "home/", "/" + "Users/", "C:" + r"\\"))
)
PUBLIC = ("README.md", "pyproject.toml", "uv.lock", ".gitignore")


@cache
def tracked() -> list[Path]:
    """Files that git knows or would take in. Without git (a release's archive): everything but what is ignored by habit."""
    try:
        done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True)
        names = done.stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        names = [path.relative_to(ROOT).as_posix() for folder in ("dinh", "tests", "countries", "docs") for path in (ROOT / folder).rglob("*.*")]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def machine_paths(text: str) -> list[int]:
    """Lines that name a folder of one machine."""
    return [number for number, line in enumerate(text.splitlines(), start=1) if MACHINE.search(line)]


def decision_faults(name: str, text: str) -> list[str]:
    found = [] if DECISION_NAME.fullmatch(name) else ["is not called NNNN-title.md"]
    headings = re.findall(r"^## (.+?)\s*$", text, re.MULTILINE)
    if headings != HEADINGS:
        found.append(f"has the headings {headings}, not {HEADINGS}")
    if not re.match(r"# \S", text):
        found.append("does not begin with its title")
    empty = [title for title, body in re.findall(r"^## (.+?)\s*$\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL) if not body.strip()]
    return found + [f"says nothing under {title}" for title in empty]


@cache
def _texts() -> list[tuple[Path, str]]:
    found = []
    for path in tracked():
        raw = path.read_bytes()
        if b"\0" not in raw[:4096] and path.suffix not in {".woff2", ".csv"} and not path.name.endswith(".min.js"):
            found.append((path, raw.decode("utf-8", "replace")))
    return found


def _decisions() -> list[Path]:
    return sorted(DECISIONS.glob("*.md"))


def test_no_path_of_one_machine() -> None:
    found = [f"{name_of(path)}:{line}" for path, text in _texts() for line in machine_paths(text)]
    assert not found, listed(found)


def test_texts_are_utf8_without_carriage_returns() -> None:
    found = [name_of(path) for path, text in _texts() if "\ufffd" in text or "\r" in text]
    assert not found, listed(found)


def test_files_that_people_look_for() -> None:
    assert [name for name in PUBLIC if not (ROOT / name).exists()] == []


def test_decisions_are_numbered_without_gaps() -> None:
    if not _decisions():
        pytest.skip("no decision records yet")
    assert [int(path.name[:4]) for path in _decisions()] == list(range(1, len(_decisions()) + 1))


def test_decisions_have_five_headings() -> None:
    if not _decisions():
        pytest.skip("no decision records yet")
    found = {path.name: faults for path in _decisions() if (faults := decision_faults(path.name, read(path)))}
    assert not found, listed(found)


# Their bite

DECISION = "# Stack\n\n" + "\n".join(f"## {heading}\n\nText.\n" for heading in HEADINGS)


@pytest.mark.parametrize("folder", ["work", "root", "home", "Users"])
def test_bite_machine_path(folder: str) -> None:
    assert machine_paths(f"a\nsee /{folder}/main/x") == [2]


@pytest.mark.parametrize("text", ["framework/web", "src/home/x", "/var/lib/dinh", "https://example.org/home/", "a /worker"])
def test_bite_other_paths_pass(text: str) -> None:
    assert machine_paths(text) == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("stack.md", DECISION, "NNNN-title"),
        ("0001-stack.md", DECISION.replace("## Alternatives", "## Others"), "headings"),
        ("0001-stack.md", DECISION.replace("## Context\n\nText.", "## Context\n"), "nothing under Context"),
        ("0001-stack.md", DECISION.removeprefix("# Stack\n\n"), "title"),
    ],
)
def test_bite_decision(name: str, text: str, said: str) -> None:
    assert any(said in fault for fault in decision_faults(name, text))


def test_bite_good_decision_passes() -> None:
    assert decision_faults("0001-stack.md", DECISION) == []
