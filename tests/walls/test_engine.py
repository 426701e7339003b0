"""Engines know no country, rules decide purely, and imports stand at the top."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.walls.source import COUNTRIES, ROOT, files, listed, name_of, parse, read, walk

# What only a country's files may say; each country adds its own, see `of_countries`.
WORDS = [
    "Vi[eệ]t ?Nam(?:ese)?", "Hà Nội", "Ha ?noi", "Hải Phòng", "Haiphong", "VND", "VNĐ", "đồng", "₫", "Asia/[A-Z][A-Za-z_]+", "Europe/[A-Z][a-z]+",
    r"UTC\+\d", r"\d\.\d{6}", r"[HG]\d{2}(?:\.\d+)*", "CCCD", "CMND", "VNeID", "căn cước", "UBND", r"\d+/\d{4}/(?:NĐ-CP|QH\d+|TT-\w+)",
]  # fmt: skip
# Where such a word may stand, with the reason.
ALLOWED = {
    ("dinh/kernel/languages/vi.py", "Vietnamese"): "the language's own module names its language",
    ("dinh/trust/containers/rules.py", "vnd"): "the vendors' tree of media types",
    ("dinh/kernel/web/static/fonts.css", "Vietnamese"): "the name of a script's subset of the font",
}
# In the rooms' Vietnamese words the currency is an everyday syllable (`đồng hồ`, a clock).
EVERYDAY = "đồng"
FONT = re.compile(r"be[-_ ]vietnam[-_ ]pro(?:-vietnamese)?", re.IGNORECASE)
# Input, output, the time and chance, as modules that a rule may not import.
IMPURE = {
    "asyncio", "asyncpg", "concurrent", "contextvars", "ctypes", "email", "glob", "http", "httpx", "io", "litestar", "logging", "multiprocessing",
    "os", "pathlib", "requests", "secrets", "select", "shutil", "signal", "socket", "sqlite3", "ssl", "structlog", "subprocess", "sys", "tempfile",
    "threading", "time", "urllib.request", "uuid.uuid1", "uuid.uuid4", "zoneinfo",
}  # fmt: skip
# `random` is allowed for the type of a generator that is passed in, or seeded by what is passed in.
NOW = {"now", "today", "utcnow", "uuid1", "uuid4", "token_hex", "token_bytes", "token_urlsafe", "urandom", "getrandom"}
IO_CALLS = {"open", "print", "input", "exec", "eval", "breakpoint"}
# Imports inside functions, each with its reason.
QUICK = "start-up time: `dinh --help` does not load every room"
COMMANDS = ("dinh/cli.py", "dinh/app/commands.py", "dinh/app/demo_commands.py", "dinh/app/verifying.py")
LATE_IMPORTS = dict.fromkeys(COMMANDS, QUICK)


# No country in engines


@cache
def of_countries() -> frozenset[str]:
    """What each country's own file says: name, currency, time zone, codes of nodes and procedures."""
    words: set[str] = set()
    for path in files("*/country.yaml", COUNTRIES):
        known = yaml.load(read(path), Loader=yaml.BaseLoader)  # noqa: S506 - reads strings only
        words |= {*known["name"].values(), known["currency"]["code"], known["time_zone"]}
        words |= {folder.name for folder in (path.parent / "procedures").glob("*") if folder.is_dir()}
    return frozenset(words)


@cache
def _pattern() -> re.Pattern[str]:
    escaped = [re.escape(word) for word in of_countries()]
    return re.compile(rf"(?<![\w.])(?:{'|'.join(WORDS + escaped)})(?!\w)", re.IGNORECASE)


def country_words(text: str) -> list[tuple[int, str]]:
    """Line and word. The font is called after its country; that is its name."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        plain = FONT.sub("font", line)
        found += [(number, match[0]) for match in _pattern().finditer(plain) if not _is_code_like(match[0])]
    return found


def _is_code_like(word: str) -> bool:
    """`h24` as a part of a style, `g01` in lower case: only the upper-case form is an agency's code."""
    return bool(re.fullmatch(r"[hg]\d{2}.*", word))


# Rules are pure


def impurities(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """What a rule may not do, with its line."""
    for node in walk(tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield node.lineno, "asynchronous"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((node.lineno, f"imports {name}") for name in _imported(node) if _is_impure(name))
        elif isinstance(node, ast.Call):
            yield from ((node.lineno, word) for word in _calls(node))
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield node.lineno, "keeps state"


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    return [f"{node.module}.{name.name}" for name in node.names]


def _is_impure(name: str) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in IMPURE) or (name.startswith("random.") and name != "random.Random")


def _calls(node: ast.Call) -> Iterator[str]:
    if isinstance(node.func, ast.Name):
        if node.func.id in IO_CALLS | NOW:
            yield f"calls {node.func.id}()"
        elif node.func.id == "Random" and not node.args:
            yield "makes a generator without a seed"
    elif isinstance(node.func, ast.Attribute):
        if node.func.attr in NOW:
            yield f"calls {node.func.attr}()"
        elif isinstance(node.func.value, ast.Name) and node.func.value.id == "random" and (node.func.attr != "Random" or not node.args):
            yield f"takes chance from random.{node.func.attr}()"


# Imports stand at the top


def late_imports(tree: ast.Module) -> list[int]:
    indented = {node.lineno for node in walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) and node.col_offset}
    functions = [node for node in walk(tree) if indented and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return sorted(line for line in indented if any(function.lineno <= line <= (function.end_lineno or 0) for function in functions))


# The house


def test_engines_know_no_country() -> None:
    paths = [path for ending in ("*.py", "*.html", "*.sql", "*.css", "*.js") for path in files(ending)]
    found = {f"{name_of(path)}:{line} {word}" for path in paths for line, word in country_words(read(path)) if (name_of(path), word) not in ALLOWED}
    assert not found, listed(found)


def test_texts_know_no_country() -> None:
    """The rooms' words are shown in every country."""
    found = {f"{name_of(path)}:{line} {word}" for path in files("texts/*.yaml") for line, word in country_words(read(path)) if word != EVERYDAY}
    assert not found, listed(found)


def test_allowed_words_are_still_needed() -> None:
    assert [name for name, word in ALLOWED if word not in {found for _, found in country_words(read(ROOT / name))}] == []


@pytest.mark.parametrize("path", files("rules.py"), ids=name_of)
def test_rules_are_pure(path: Path) -> None:
    found = [f"{name_of(path)}:{line} {what}" for line, what in impurities(parse(path))]
    assert not found, listed(found)


def test_imports_stand_at_the_top() -> None:
    found = [f"{name_of(path)}:{line}" for path in files("*.py") if name_of(path) not in LATE_IMPORTS for line in late_imports(parse(path))]
    assert not found, listed(found)


def test_late_imports_are_still_needed() -> None:
    assert {name_of(path) for path in files("*.py") if late_imports(parse(path))} >= set(LATE_IMPORTS)


def test_late_imports_lead_somewhere() -> None:
    """No test of imports at the top would notice a name that is not there yet."""
    known = {name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in files("*.py")}
    found = []
    for name in LATE_IMPORTS:
        nodes = [node for node in walk(parse(ROOT / name)) if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dinh")]
        found += [f"{name}:{node.lineno} {node.module}" for node in nodes if node.module not in known]
    assert not found, listed(found)


# Their bite


@pytest.mark.parametrize(
    "text",
    ["in Việt Nam", "Vietnam", "Viet Nam", '"VND"', "1.000 đồng", 'ZoneInfo("Asia/Ho_Chi_Minh")', "Asia/Bangkok", "1.001193", "agency H24",
     "H24.32.7", "G01", "CCCD", "118/2025/NĐ-CP", "VNeID", "Hải Phòng", "haiphong.localhost", "# by UBND"],
)  # fmt: skip
def test_bite_country_words(text: str) -> None:
    assert country_words(f"x\n{text}")[0][0] == 2


@pytest.mark.parametrize(
    "text", ["be-vietnam-pro-latin-400.woff2", "fontpkg_be_vietnam_pro", "Đình", "1.0011", "SHA256", "h24", "AND", "version 2.31.0"]
)
def test_bite_other_words_pass(text: str) -> None:
    assert country_words(text) == []


@pytest.mark.parametrize(
    "code",
    [
        "async def f(): ...",
        "x = datetime.now(tz=UTC)",
        "x = date.today()",
        "import time",
        "from pathlib import Path",
        "from random import choice",
        "import random\nx = random.random()",
        "import random\nx = random.Random()",
        "from random import Random\nx = Random()",
        "from uuid import uuid4",
        "x = open('a')",
        "import os.path",
        "def f():\n    global x",
        "from urllib.request import urlopen",
    ],
)
def test_bite_impure_rules(code: str) -> None:
    assert list(impurities(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    ["import random\ndef f(seed): return random.Random(seed)", "from random import Random\ndef f(dice: Random): return dice.random()",
     "import hashlib", "from datetime import datetime", "from urllib.parse import urlencode", "from uuid import UUID"],
)  # fmt: skip
def test_bite_pure_rules_pass(code: str) -> None:
    assert not list(impurities(ast.parse(code)))


def test_bite_late_import() -> None:
    assert late_imports(
        ast.parse(
            "import a\nif TYPE_CHECKING:\n    import b\ndef f():\n    if x:\n        from c import d\nclass A:\n    def g(self):\n        import e"
        )
    ) == [
        6,
        9,
    ]
