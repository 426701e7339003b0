"""Both languages are complete: every word that code or a template asks for is there, with the same gaps to fill, in each language."""

import ast
import re
import string
import typing
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment, nodes

from dinh.app.processing import Kept, processing_of
from dinh.app.processing.rules import slug
from dinh.cases.bottlenecks.contracts import APPLICANT, PLATFORM, WAY, Stage
from dinh.cases.guide.contracts import DocumentLine
from dinh.cases.procedures.contracts import RequiredDocument
from dinh.exchange.heads.contracts import Reason, Settlement
from dinh.exchange.overview.pages import PARTS as PARTS_OF_THE_EXCHANGE
from dinh.identity.mandates.contracts import PARTS, Kind
from dinh.kernel.country import Country
from dinh.kernel.forms import Field
from dinh.kernel.retention import RecordClass
from dinh.kernel.web.menu import Menu
from tests.walls.source import COUNTRIES, PACKAGE, ROOMS, files, listed, literals, name_of, parse, read, walk
from tests.walls.test_events import declared

LANGUAGES = ("vi", "en")
# Proper names keep their marks in English.
NAMES = ("Đình", "Tiếng Việt")
VIETNAMESE = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9ÀÁÃÈÉÌÍĨÒÓÕÙÚŨÝàáãèéìíĩòóõùúũý]")
KEY = re.compile(rf"(?:{'|'.join(ROOMS)})\.[a-z_{{}}]+(?:\.[a-z_]+)?")
# Looks like a key and is none: tables, jobs, kinds of things seen. Services of the exchange are read from the countries' files.
NO_TEXT = {"kernel.event", "exchange.access", "cases.settle", "cases.case", "cases.yaml", "vault.yaml", "exchange.yaml"}
# Filled in by the error itself.
GIVEN = {"TooMany": {"minutes"}}
Texts = dict[str, str]
JINJA = Environment(autoescape=True)


def _options(kind: type, field: str) -> list[str]:
    return list(typing.get_args(typing.get_type_hints(kind)[field]))


@cache
def processing() -> list[Kept]:
    """What every country's register of processing lists."""
    return [one for path in files("*/country.yaml", COUNTRIES) for one in processing_of(Country(path.parent)).kept]


def families() -> dict[str, list[str]]:
    """Keys that are put together at run time: beginning, and every ending that can come."""
    return {
        # The desk shows the agency's events; those of applications are on the portal's spine.
        "cases.event_": [
            "_".join(kind.type.split(":")[1:]) for path, kind in declared() if path.parts[-2] in {"desk", "decisions", "turns", "succession"}
        ],
        "cases.state_": ["draft", "sent"],
        "cases.stage_": _options(Stage, "stage"),
        "cases.next_": list(WAY),
        "cases.holder_": [APPLICANT, PLATFORM, "nobody"],
        "cases.document_": [*_options(RequiredDocument, "state"), *_options(DocumentLine, "state")],
        "cases.": ["approve", "refuse"],
        "cases.part_": ["applicant", "representative"],
        "app.data_": sorted({f"{one.room}_{one.table}" for one in processing() if not one.title}),
        "app.kind_": sorted({slug(kind) for one in processing() for kind in one.kinds}),
        "app.basis_": sorted({slug(one.basis) for one in processing() if one.basis}),
        "app.keep_": sorted({slug(one.keep) for one in processing()}),
        "app.counted_": _options(RecordClass, "counted"),
        "app.column_": ["class", "kept", "basis", "over", "disposed", "held"],
        "identity.kind_": list(typing.get_args(Kind)),
        "identity.part_": list(PARTS),
        "identity.seen_": list(PARTS),
        "identity.mandate_": ["act", "end"],
        "vault.": ["valid", "superseded"],
        "kernel.brand_": re.findall(r"`(\w+)`", (Menu.__doc__ or "").partition(":")[2] or (Menu.__doc__ or "").partition("header")[2]),
        "kernel.field_wrong_": _options(Field, "kind"),
        "exchange.gap_": [*PARTS_OF_THE_EXCHANGE],
        "exchange.contradiction_": list(typing.get_args(Reason)),
        "exchange.settled_": list(typing.get_args(Settlement)),
        "exchange.by_": ["node", "system", "room", "peer"],
        "kernel.field_missing_": ["choice", "confirm", "file", "text"],
    }


# Words


@cache
def texts(language: str) -> Texts:
    found: Texts = {}
    for path in files(f"texts/{language}.yaml"):
        found |= {f"{path.parts[-3]}.{key}": text for key, text in _read_yaml(path).items()}
    return found


@cache
def _read_yaml(path: Path) -> Any:
    return yaml.load(read(path), Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - reads strings only


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def differences(one: Texts, other: Texts) -> list[str]:
    """Keys and gaps that two languages do not share."""
    alone = [f"{key}: in one language only" for key in sorted(one.keys() ^ other.keys())]
    return alone + [f"{key}: gaps differ" for key in sorted(one.keys() & other.keys()) if gaps(one[key]) != gaps(other[key])]


def untidy(words: Texts) -> list[str]:
    return [key for key, text in words.items() if not text or text != text.strip() or "  " in text]


def left_in_vietnamese(words: Texts) -> list[str]:
    return [key for key, text in words.items() if VIETNAMESE.search(_without_names(text))]


def _without_names(text: str) -> str:
    for name in NAMES:
        text = text.replace(name, "")
    return text


# What templates ask for


def asked_by_template(source: str) -> Iterator[tuple[int, str, set[str] | None]]:
    """Line, key (`*` for what is not known), and the gaps that are filled; None when that is not known either."""
    tree = JINJA.parse(source)
    loops = _loops(tree)
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "t" and call.args:
            filled = None if call.dyn_kwargs else {pair.key for pair in call.kwargs}
            yield from ((call.lineno, key, filled) for key in _keys(call.args[0], loops))


def _loops(tree: nodes.Template) -> dict[str, list[str]]:
    """Names that run over constants: `for key in ('a', 'b')`, also as parts of a pair."""
    found: dict[str, list[str]] = {}
    for loop in tree.find_all(nodes.For):
        if not isinstance(loop.iter, nodes.Tuple | nodes.List):
            continue
        targets = loop.target.items if isinstance(loop.target, nodes.Tuple) else [loop.target]
        rows = [item.items if isinstance(item, nodes.Tuple) else [item] for item in loop.iter.items]
        for at, target in enumerate(targets):
            if isinstance(target, nodes.Name):
                found[target.name] = [str(part.value) for row in rows if isinstance(part := row[at], nodes.Const)]
    return found


def _keys(node: nodes.Node, loops: dict[str, list[str]]) -> list[str]:
    if isinstance(node, nodes.Const):
        return [str(node.value)]
    if isinstance(node, nodes.CondExpr):
        return _keys(node.expr1, loops) + (_keys(node.expr2, loops) if node.expr2 else [])
    if isinstance(node, nodes.Concat):
        return ["".join(parts) for parts in product(*(_keys(part, loops) for part in node.nodes))]
    if isinstance(node, nodes.Name) and node.name in loops:
        return loops[node.name]
    return ["*"]


# What code asks for


@cache
def services() -> set[str]:
    """Codes of the exchange's services look like keys."""
    return {service["code"] for path in files("services/*.yaml", COUNTRIES) for service in _read_yaml(path)["services"]}


def asked_by_code(found: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    keys = ((line, text) for line, text in found if KEY.fullmatch(text) and text not in NO_TEXT | services())
    return [(line, text.replace("{}", "*")) for line, text in keys]


def errors_in(tree: ast.Module) -> Iterator[tuple[int, str, set[str]]]:
    """Calls such as `NotFound("cases.no_procedure", code=code)`: line, key, and the gaps they fill."""
    for node in walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args and isinstance(node.args[0], ast.Constant):
            key = str(node.args[0].value)
            if KEY.fullmatch(key):
                yield node.lineno, key, {name for word in node.keywords for name in _filled(word)} | GIVEN.get(node.func.id, set())


def _filled(word: ast.keyword) -> list[str]:
    """`name=...`, or the keys of `params={"name": ...}`."""
    if word.arg == "params" and isinstance(word.value, ast.Dict):
        return [str(key.value) for key in word.value.keys if isinstance(key, ast.Constant)]
    return [word.arg] if word.arg else []


# Keys against words


def is_known(key: str, words: Texts) -> bool:
    if "*" not in key:
        return key in words or f"{key}.other" in words
    pattern = re.compile(".+".join(re.escape(part) for part in key.split("*")))
    return any(pattern.fullmatch(known) for known in words)


def missing_gaps(key: str, filled: set[str] | None, words: Texts) -> set[str]:
    """Gaps of a text that its caller leaves empty."""
    forms = [words[name] for name in (key, f"{key}.one", f"{key}.other") if name in words]
    return set() if filled is None else {gap for form in forms for gap in gaps(form)} - filled


@cache
def _templates() -> list[tuple[str, str, set[str] | None]]:
    found = ((path, call) for path in files("*.html") for call in asked_by_template(read(path)))
    return [(f"{name_of(path)}:{line}", key, filled) for path, (line, key, filled) in found]


@cache
def _code() -> list[tuple[str, str]]:
    return [(f"{name_of(path)}:{line}", key) for path in files("*.py") for line, key in asked_by_code(literals(path))]


# Countries


def incomplete(content: Any, languages: set[str], at: str = "") -> Iterator[str]:
    """Texts of a country's file that lack a language. A mapping with a language as a key is a text."""
    if isinstance(content, dict):
        full = content.keys() == languages and all(isinstance(text, str) and text.strip() for text in content.values())
        if content.keys() & languages and not full:
            yield at
        for key, value in content.items():
            yield from incomplete(value, languages, f"{at}.{key}".lstrip("."))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from incomplete(value, languages, f"{at}[{index}]")


def _countries() -> list[tuple[Path, set[str]]]:
    return [(path.parent, set(_read_yaml(path)["languages"])) for path in files("*/country.yaml", COUNTRIES)]


# The house


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_languages_share_keys_and_gaps(language: str) -> None:
    assert differences(texts(LANGUAGES[0]), texts(language)) == []
    assert texts(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_tidy(language: str) -> None:
    assert untidy(texts(language)) == []


def test_english_is_english() -> None:
    assert left_in_vietnamese(texts("en")) == []


def test_vietnamese_is_translated() -> None:
    same = [key for key, text in texts("vi").items() if text == texts("en").get(key) and " " in text]
    assert not same, listed(same)


def test_templates_find_their_words() -> None:
    found = [f"{at} {key}" for at, key, _ in _templates() if key != "*" and not is_known(key, texts("en"))]
    assert not found, listed(found)


def test_templates_fill_every_gap() -> None:
    found = [f"{at} {key}: {sorted(gap)}" for at, key, filled in _templates() if (gap := missing_gaps(key, filled, texts("en")))]
    assert not found, listed(found)


def test_code_finds_its_words() -> None:
    found = [f"{at} {key}" for at, key in _code() if not is_known(key, texts("en"))]
    assert not found, listed(found)


def test_errors_fill_every_gap() -> None:
    calls = [(path, call) for path in files("*.py") for call in errors_in(parse(path)) if call[1] not in services()]
    found = [f"{name_of(path)}:{line} {key}: {gap}" for path, (line, key, filled) in calls if (gap := missing_gaps(key, filled, texts("en")))]
    assert not found, listed(found)


def test_composed_keys_have_all_their_endings() -> None:
    found = [prefix + ending for prefix, endings in families().items() for ending in endings if prefix + ending not in texts("en")]
    assert not found, listed(found)
    assert all(families().values())


def test_no_text_is_left_over() -> None:
    used = {word for path in [*files("*.py"), *files("*.html")] for word in re.findall(r"[a-z_]+", read(path))}
    asked = [key for _, key, _ in _templates()] + [key for _, key in _code()]
    composed = [key for key in asked if "*" in key and key not in {"*", "cases.*", "vault.*"}]
    unused = [key for key, text in texts("en").items() if key.split(".")[1] not in used and not any(is_known(one, {key: text}) for one in composed)]
    assert not unused, listed(unused)


@pytest.mark.parametrize(("folder", "languages"), _countries(), ids=lambda value: value.name if isinstance(value, Path) else "")
def test_countries_speak_all_their_languages(folder: Path, languages: set[str]) -> None:
    found = {name_of(path): at for path in files("*.yaml", folder) if (at := list(incomplete(_read_yaml(path), languages)))}
    assert not found, listed(found)


@pytest.mark.parametrize(("folder", "languages"), _countries(), ids=lambda value: value.name if isinstance(value, Path) else "")
def test_tables_of_countries_have_a_column_a_language(folder: Path, languages: set[str]) -> None:
    for path in files("*.csv", folder):
        header = read(path).split("\n", 1)[0].strip().split(",")
        for name in {column.split(".")[0] for column in header if "." in column}:
            assert {column.split(".")[1] for column in header if column.startswith(f"{name}.")} == languages, name_of(path)


def test_rooms_have_all_languages_or_none() -> None:
    assert {path.parent: {one.stem for one in path.parent.glob("*.yaml")} for path in files("texts/*.yaml", PACKAGE)} == {
        path.parent: set(LANGUAGES) for path in files("texts/*.yaml", PACKAGE)
    }


# Their bite


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ({"a.b": "x"}, {}, "one language"),
        ({}, {"a.b": "x"}, "one language"),
        ({"a.b": "{n} x"}, {"a.b": "x"}, "gaps"),
        ({"a.b": "{name}"}, {"a.b": "{nam}"}, "gaps"),
    ],
)
def test_bite_languages(one: Texts, other: Texts, said: str) -> None:
    assert said in differences(one, other)[0]


@pytest.mark.parametrize("text", [" a", "a ", "a  b", ""])
def test_bite_untidy(text: str) -> None:
    assert untidy({"a.b": text}) == ["a.b"]


@pytest.mark.parametrize("text", ["Hồ sơ", "đồng", "The mother's tên", "Ủy ban"])
def test_bite_vietnamese_in_english(text: str) -> None:
    assert left_in_vietnamese({"a.b": text}) == ["a.b"]


def test_bite_names_pass() -> None:
    assert left_in_vietnamese({"a.b": "Đình speaks Tiếng Việt"}) == []


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        ("{{ t('cases.a') }}", {"cases.a"}),
        ("{{ t('cases.a' if x else 'cases.b') }}", {"cases.a", "cases.b"}),
        ("{{ t('cases.a_' ~ x) }}", {"cases.a_*"}),
        ("{% for k in ('a', 'b') %}{{ t('cases.' ~ k) }}{% endfor %}", {"cases.a", "cases.b"}),
        ("{% for k, n in (('a', 1), ('b', 2)) %}{{ t('cases.' ~ k) }}{% endfor %}", {"cases.a", "cases.b"}),
        ("{{ t(x) }}", {"*"}),
    ],
)
def test_bite_keys_of_templates(source: str, keys: set[str]) -> None:
    assert {key for _, key, _ in asked_by_template(source)} == keys


@pytest.mark.parametrize(("key", "known"), [("a.b", True), ("a.c", False), ("a.n", True), ("a.b_*", True), ("a.c_*", False), ("a.d_*", False)])
def test_bite_unknown_keys(key: str, known: bool) -> None:
    assert is_known(key, {"a.b": "", "a.n.other": "", "a.b_x": "", "a.c_": ""}) is known


def test_bite_keys_of_code() -> None:
    assert asked_by_code([(1, "cases.no_such"), (2, "vault.deposit"), (3, "kernel.field_{}"), (4, "prose. More")]) == [
        (1, "cases.no_such"),
        (3, "kernel.field_*"),
    ]


def test_bite_empty_gaps() -> None:
    words = {"a.b": "{name} and {day}", "a.n.one": "{n}", "a.n.other": "{n} of {all}"}
    assert missing_gaps("a.b", {"name"}, words) == {"day"}
    assert missing_gaps("a.n", {"n"}, words) == {"all"}
    assert missing_gaps("a.b", None, words) == set()
    assert list(errors_in(ast.parse('raise NotFound("cases.a", code=1)'))) == [(1, "cases.a", {"code"})]


@pytest.mark.parametrize(
    "content", [{"title": {"vi": "a"}}, {"steps": [{"vi": "a", "en": ""}]}, {"en": "b"}, {"t": {"vi": "a", "en": "b", "fr": "c"}}]
)
def test_bite_incomplete_content(content: Any) -> None:
    assert list(incomplete(content, {"vi", "en"}))


def test_bite_complete_content_passes() -> None:
    assert not list(incomplete({"code": "a", "title": {"vi": "a", "en": "b"}, "steps": [{"en": "a", "vi": "b"}]}, {"vi", "en"}))
