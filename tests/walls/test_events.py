"""Events are declared where everyone looks for them, named by one grammar, and say of each field whether it is personal."""

import ast
import importlib
import types
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar

import msgspec
import pytest

from dinh.kernel.events import Count, Event, Plain, Reference
from dinh.kernel.events.contracts import GRAMMAR
from tests.walls.source import files, listed, name_of, parse, room_of, walk

# Events outside a contracts.py, each with its reason.
ELSEWHERE = {"dinh/kernel/web/problems.py": "a refusal is recorded by the edge itself, which has no contracts of its own"}


def event_classes(tree: ast.Module) -> list[ast.ClassDef]:
    return [node for node in walk(tree) if isinstance(node, ast.ClassDef) and any(_is_event(base) for base in node.bases)]


def _is_event(base: ast.expr) -> bool:
    """`Event` or `events.Event`; not `asyncio.Event`."""
    if isinstance(base, ast.Attribute):
        return base.attr == "Event" and isinstance(base.value, ast.Name) and base.value.id in {"events", "contracts"}
    return isinstance(base, ast.Name) and base.id == "Event"


@cache
def declared() -> list[tuple[Path, type[Event]]]:
    """Every event class of the house, imported."""
    return [(path, getattr(_module(path), node.name)) for path in files("*.py") for node in event_classes(parse(path))]


def _module(path: Path) -> Any:
    return importlib.import_module(name_of(path).removesuffix(".py").replace("/", "."))


def is_marked(annotation: Any) -> bool:
    """Whether every value that may stand in the field has a `pii` word: `Reference`, `Plain | None`, `list[Reference]`."""
    if typing.get_origin(annotation) is Annotated:
        return any(isinstance(word, msgspec.Meta) and (word.extra or {}).get("pii") for word in annotation.__metadata__)
    if annotation is type(None):
        return True
    inner = [one for one in typing.get_args(annotation) if one is not Ellipsis]
    is_open = typing.get_origin(annotation) in {types.UnionType, typing.Union, list, tuple, dict}
    return is_open and all(is_marked(one) for one in inner)


def faults(kind: type[Event], room: str) -> Iterator[str]:
    """What is wrong with one event, in words."""
    hints = typing.get_type_hints(kind, include_extras=True)
    yield from (f"{name} has no pii word" for name in kind.__struct_fields__ if not is_marked(hints[name]))
    if "type" not in kind.__dict__ or not GRAMMAR.fullmatch(kind.type):
        yield "its type does not read room:subject:action"
    elif kind.type.split(":")[0] != room:
        yield f"its type belongs to {kind.type.split(':')[0]}, not to {room}"
    if not kind.__struct_config__.forbid_unknown_fields:
        yield "takes unknown fields"
    if not kind.__struct_config__.frozen:
        yield "can be changed after it was made"


# The house


def test_events_are_in_contracts() -> None:
    homes = {name_of(path) for path, _ in declared() if path.name != "contracts.py"}
    assert homes == set(ELSEWHERE)


def test_every_event_is_in_order() -> None:
    found = {f"{name_of(path)} {kind.__name__}": wrong for path, kind in declared() if (wrong := list(faults(kind, room_of(path))))}
    assert not found, listed(found)


def test_every_type_is_declared_once() -> None:
    kinds = [kind.type for _, kind in declared()]
    assert sorted(kinds) == sorted(set(kinds))
    assert len(kinds) > 0


@pytest.mark.parametrize(("path", "kind"), [pytest.param(path, kind, id=kind.__name__) for path, kind in declared()])
def test_unknown_fields_are_refused(path: Path, kind: type[Event]) -> None:
    del path
    with pytest.raises(msgspec.ValidationError, match="unknown field `surprise`"):
        msgspec.json.decode(b'{"surprise": 1}', type=kind)


# Their bite: made without registering, so that no test leaves a kind behind


def _make(name: str, **namespace: Any) -> type[Event]:
    loose = namespace.pop("loose", False)
    base = msgspec.defstruct("Base", [], frozen=not loose, kw_only=True, forbid_unknown_fields=not loose)
    annotations = namespace.pop("fields", {})
    kind = type(base)(name, (base,), {"__annotations__": {"type": ClassVar[str], **annotations}, **namespace})  # type: ignore[misc]  # a metaclass of msgspec
    return typing.cast("type[Event]", kind)


def test_bite_a_good_event_passes() -> None:
    kind = _make("Fine", type="cases:case:opened", fields={"case": Reference, "note": Plain | None, "people": list[Reference], "n": Count})
    assert list(faults(kind, "cases")) == []


@pytest.mark.parametrize("annotation", [str, str | None, list[str], Annotated[str, msgspec.Meta(max_length=3)], Plain | int, dict[str, Any], Any])
def test_bite_field_without_a_word(annotation: Any) -> None:
    assert list(faults(_make("Silent", type="cases:case:opened", fields={"name": annotation}), "cases")) == ["name has no pii word"]


@pytest.mark.parametrize("type_", ["cases:case", "Cases:case:opened", "cases:case:opened:twice", "cases.case.opened", ""])
def test_bite_grammar(type_: str) -> None:
    assert list(faults(_make("Wrong", type=type_), "cases")) == ["its type does not read room:subject:action"]


def test_bite_room() -> None:
    assert list(faults(_make("Foreign", type="vault:document:opened"), "cases")) == ["its type belongs to vault, not to cases"]


def test_bite_loose() -> None:
    assert list(faults(_make("Loose", type="cases:case:opened", loose=True), "cases")) == ["takes unknown fields", "can be changed after it was made"]


def test_bite_classes_are_found() -> None:
    tree = ast.parse("class A(Event): ...\nclass B(events.Event): ...\nclass C(asyncio.Event): ...\nclass D(Struct): ...")
    assert [node.name for node in event_classes(tree)] == ["A", "B"]
