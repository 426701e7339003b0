"""A door says all that it opens: `__all__` is sorted, complete, and explained in the room's README."""

import ast
import re
from itertools import groupby
from pathlib import Path

import pytest

from tests.walls.source import PACKAGE, files, name_of, parse, read

# The kernel is imported by module; app is the only one that looks past doors.
NO_DOOR = {"dinh/__init__.py", "dinh/app/__init__.py", "dinh/kernel/__init__.py", "dinh/kernel/database/__init__.py", "dinh/kernel/web/__init__.py"}
# Doors that offer a function of their own instead of names from inside.
OWN_NAMES = {"dinh/kernel/languages/__init__.py"}


def offered(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets):
            return [str(item.value) for item in getattr(node.value, "elts", []) if isinstance(item, ast.Constant)]
    return None


def brought_in(tree: ast.Module) -> set[str]:
    """Names that the door imports or makes, without those that begin with an underscore."""
    names = {name.asname or name.name for node in tree.body if isinstance(node, ast.ImportFrom) for name in node.names}
    made = {target.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)}
    made |= {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}
    return {name for name in names | made if not name.startswith("_")}


def in_order(names: list[str]) -> list[str]:
    """As ruff sorts `__all__` (RUF022): CONSTANTS, then Classes, then functions; numbers in names by their value."""
    return sorted(names, key=lambda name: (_rank(name), [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]))


def _rank(name: str) -> int:
    if name.isupper() and len(name) > 1:
        return 0
    return 1 if name[0].isupper() else 2


def faults(tree: ast.Module) -> list[str]:
    names = offered(tree)
    if names is None:
        return ["has no __all__"]
    brought = brought_in(tree)
    found = [f"{name} is offered and not there" for name in names if name not in brought]
    found += [f"{name} is brought in and not offered" for name in sorted(brought - set(names)) if not _is_helper(name, tree)]
    found += [f"{name} twice" for name, same in groupby(sorted(names)) if len(list(same)) > 1]
    if names != in_order(names):
        found.append(f"not in order: {in_order(names)}")
    if not ast.get_docstring(tree):
        found.append("does not say what it is the door of")
    return found


def _is_helper(name: str, tree: ast.Module) -> bool:
    """Used by the door itself: `Paper` in `PAPERS = {"slip": Paper()}`."""
    return any(isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load) for node in ast.walk(tree))


def unexplained(names: list[str], readme: str) -> list[str]:
    """Names that a README never mentions as a word."""
    return [name for name in names if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", readme)]


def _doors() -> list[Path]:
    return [path for path in files("__init__.py") if name_of(path) not in NO_DOOR | OWN_NAMES]


def _rooms() -> list[Path]:
    return [path for path in _doors() if path.parent.parent == PACKAGE]


@pytest.mark.parametrize("path", _doors(), ids=name_of)
def test_door_is_in_order(path: Path) -> None:
    assert faults(parse(path)) == []


def test_packages_without_a_door_are_empty() -> None:
    assert [name for name in sorted(NO_DOOR) if brought_in(parse(PACKAGE.parent / name))] == []


@pytest.mark.parametrize("path", _rooms(), ids=name_of)
def test_room_explains_its_door(path: Path) -> None:
    readme = path.parent / "README.md"
    if not readme.exists():
        pytest.skip(f"{name_of(readme)} is not written yet")
    assert unexplained(offered(parse(path)) or [], read(readme)) == []


# Their bite

GOOD = '"""A."""\nfrom a.b import ONE, Two, three\n__all__ = ["ONE", "Two", "three"]\n'


def test_bite_good_door_passes() -> None:
    assert faults(ast.parse(GOOD)) == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('"""A."""\nfrom a.b import ONE, Two, three', "no __all__"),
        (GOOD.replace('"Two", ', ""), "Two is brought in"),
        (GOOD.replace("Two, three\n", "three\n"), "Two is offered"),
        (GOOD.replace('"ONE", "Two"', '"Two", "ONE"'), "not in order"),
        (GOOD.replace('"three"]', '"three", "three"]'), "three twice"),
        (GOOD.replace('"""A."""', ""), "what it is the door of"),
        (GOOD.replace("import ONE, ", "import ONE as UNO, "), "UNO is brought in"),
    ],
)
def test_bite_bad_doors(code: str, said: str) -> None:
    assert any(said in fault for fault in faults(ast.parse(code)))


def test_bite_order_is_ruffs() -> None:
    assert in_order(["b10", "b9", "Zeta", "A", "ALL", "a", "Alpha"]) == ["ALL", "A", "Alpha", "Zeta", "a", "b9", "b10"]


def test_bite_readme() -> None:
    assert unexplained(["ask", "asked"], "`ask(who, question)` asks.") == ["asked"]
