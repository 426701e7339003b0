"""Functions and files stay small enough to be read at once."""

import ast
from collections.abc import Iterator
from functools import cache

import pytest

from tests.walls.source import PACKAGE, ROOT, files, listed, name_of, parse, read, walk

FUNCTION_LINES = 70
FILE_LINES = 400
# Larger ones that wait to be split, with their size: a number may go down and the line away, never up. Empty is how it should be.
BASELINE: dict[str, int] = {}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every function with its lines, decorators included; nested ones count for themselves and for what they are in."""
    for node in walk(tree):
        if isinstance(node, Function):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield node.name, (node.end_lineno or first) - first + 1


def too_large(sizes: dict[str, int], limit: int, baseline: dict[str, int]) -> list[str]:
    return [f"{name}: {size} lines, {baseline.get(name, limit)} at most" for name, size in sizes.items() if size > baseline.get(name, limit)]


def loose(sizes: dict[str, int], limit: int, baseline: dict[str, int]) -> list[str]:
    """Lines of the baseline that allow more than is needed."""
    return [name for name, allowed in baseline.items() if (name in sizes and sizes[name] < allowed) or allowed <= limit]


@cache
def _functions() -> dict[str, int]:
    paths = [*files("*.py"), *files("*.py", ROOT / "tests")]
    return {f"{name_of(path)} {name}": size for path in paths for name, size in functions(parse(path))}


@cache
def _files() -> dict[str, int]:
    found = [path for ending in ("*.py", "*.html", "*.sql") for path in files(ending)] + files("*.py", ROOT / "tests")
    return {name_of(path): read(path).count("\n") for path in found}


def test_functions() -> None:
    found = too_large(_functions(), FUNCTION_LINES, BASELINE)
    assert not found, listed(found)


def test_files() -> None:
    found = too_large(_files(), FILE_LINES, BASELINE)
    assert not found, listed(found)


def test_baseline_only_shrinks() -> None:
    sizes = _functions() | _files()
    assert set(BASELINE) <= set(sizes)
    assert not loose(sizes, FUNCTION_LINES, BASELINE)


def test_something_was_measured() -> None:
    assert len(_files()) > len(list(PACKAGE.iterdir()))
    assert any(name.endswith(".html") for name in _files())


@pytest.mark.parametrize(("lines", "refused"), [(FUNCTION_LINES, False), (FUNCTION_LINES + 1, True)])
def test_bite_function(lines: int, refused: bool) -> None:
    text = "@cache\nasync def f():\n" + "    x = 1\n" * (lines - 2)
    assert bool(too_large(dict(functions(ast.parse(text))), FUNCTION_LINES, {})) is refused


def test_bite_method_in_class() -> None:
    text = "class A:\n    def f(self):\n" + "        x = 1\n" * FUNCTION_LINES
    assert too_large(dict(functions(ast.parse(text))), FUNCTION_LINES, {}) == ["f: 71 lines, 70 at most"]


@pytest.mark.parametrize(("size", "grown", "slack"), [(500, False, False), (501, True, False), (499, False, True)])
def test_bite_baseline(size: int, grown: bool, slack: bool) -> None:
    baseline = {"a.py": 500}
    assert bool(too_large({"a.py": size}, FILE_LINES, baseline)) is grown
    assert bool(loose({"a.py": size}, FILE_LINES, baseline)) is slack
