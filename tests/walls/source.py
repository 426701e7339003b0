"""What the walls look at: the repository's files, each read and parsed once."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "dinh"
COUNTRIES = ROOT / "countries"
ROOMS = sorted(folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists())


@cache
def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(read(path), str(path))


@cache
def walk(tree: ast.AST) -> list[ast.AST]:
    """Every node, in the order of `ast.walk`; many walls look at the same tree."""
    return list(ast.walk(tree))


@cache
def files(pattern: str, folder: Path = PACKAGE) -> list[Path]:
    return sorted(path for path in folder.rglob(pattern) if path.is_file())


def name_of(path: Path) -> str:
    """As people say it: `dinh/cases/desk/store.py`."""
    return path.relative_to(ROOT).as_posix()


def room_of(path: Path) -> str:
    """`cases` of `dinh/cases/desk/store.py`; `cli` of `dinh/cli.py`."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def text_literals(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every string of a module with its line, an f-string as one text with `{}` for what it fills in. Docstrings are left out."""
    skipped = _docstrings(tree)
    for node in walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
            yield node.lineno, "".join(_part(part) for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.lineno, node.value


@cache
def literals(path: Path) -> list[tuple[int, str]]:
    return list(text_literals(parse(path)))


def _part(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "{}"


def _docstrings(tree: ast.Module) -> set[int]:
    bodies = [node.body for node in walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]
    firsts = [body[0].value for body in bodies if body and isinstance(body[0], ast.Expr)]
    return {id(value) for value in firsts if isinstance(value, ast.Constant)}


def listed(found: Iterable[object]) -> str:
    """What a failing wall says: one fault a line, none cut off."""
    return "\n" + "\n".join(sorted(str(one) for one in (found.items() if isinstance(found, dict) else found)))
