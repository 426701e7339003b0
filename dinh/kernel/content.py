"""Read a country's files. Every value stays a string until its declared type reads it (`1.10`, `NO`).

A bad file raises `BadContent` naming file, line, field and what was expected.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from dinh.kernel.errors import BadContent

Content = TypeVar("Content")
Text = dict[str, str]
# What is wrong with content whose shape is right: the place as `form.pages[0].name`, and what was expected there.
Fault = tuple[str, str]
# libyaml where the wheel has it: thirty times as fast, the same nodes and marks.
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")
_AT = re.compile(r"(.*?)(?: - at `(?:key in )?(\$.*)`)?$")


def read(path: Path, kind: type[Content], faults: Callable[[Content], Iterable[Fault]] | None = None) -> Content:
    """Read one YAML file as `kind`, a msgspec struct that forbids unknown fields. The first of its `faults` is raised with its line."""
    data, lines = _parse(path)
    made = _convert(data, kind, path, lines)
    for at, expected in faults(made) if faults else ():
        raise BadContent(str(path), _line(f"$.{at}", lines), at, expected)
    return made


def read_all(folder: Path, kind: type[Content], faults: Callable[[Content], Iterable[Fault]] | None = None) -> dict[str, Content]:
    """Every YAML file below the folder, by its path without ending, in order."""
    return {path.relative_to(folder).with_suffix("").as_posix(): read(path, kind, faults) for path in sorted(folder.rglob("*.yaml"))}


def table(path: Path, kind: type[Content]) -> list[Content]:
    """A CSV file with a header; one struct a row. An empty cell is an absent value; columns `name.vi`, `name.en` make one mapping."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return [_convert_row(row, kind, path, number) for number, row in enumerate(csv.DictReader(stream), start=2)]
    except (OSError, UnicodeDecodeError) as error:
        raise BadContent(str(path), None, "", f"a readable UTF-8 file ({error})") from error


def _convert_row(row: dict[str, Any], kind: type[Content], path: Path, number: int) -> Content:
    present: dict[str, Any] = {}
    if None in row:
        raise BadContent(str(path), number, "", "as many cells as the header has columns (is a comma in a cell that is not quoted?)")
    for key, value in row.items():
        if value in {"", None}:
            continue
        name, _, part = key.partition(".")
        if part:
            present.setdefault(name, {})[part] = value
        else:
            present[name] = value
    return _convert(present, kind, path, {"$": number})


def _parse(path: Path) -> tuple[Any, dict[str, int]]:
    lines: dict[str, int] = {}
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise BadContent(str(path), mark.line + 1 if mark else None, "", f"well-formed YAML ({getattr(error, 'problem', error)})") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadContent(str(path), None, "", f"a readable UTF-8 file ({error})") from error
    if root is None:
        raise BadContent(str(path), 1, "", "content, not an empty file")
    try:
        return _build(root, "$", lines, path), lines
    except RecursionError as error:
        raise BadContent(str(path), 1, "", "no alias that contains itself") from error


def _build(node: yaml.Node, at: str, lines: dict[str, int], path: Path) -> Any:
    lines[at] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return dict(_pairs(node, at, lines, path))
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, f"{at}[{index}]", lines, path) for index, child in enumerate(node.value)]
    return node.value


def _pairs(node: yaml.MappingNode, at: str, lines: dict[str, int], path: Path) -> Iterator[tuple[str, Any]]:
    seen = set()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise BadContent(str(path), key.start_mark.line + 1, at[2:], "a plain word as key")
        if key.value in seen:
            raise BadContent(str(path), key.start_mark.line + 1, f"{at}.{key.value}"[2:], "each key once")
        seen.add(key.value)
        built = _build(value, f"{at}.{key.value}", lines, path)
        lines[f"{at}.{key.value}"] = key.start_mark.line + 1
        yield key.value, built


def _convert(data: Any, kind: type[Content], path: Path, lines: dict[str, int]) -> Content:
    try:
        return msgspec.convert(data, kind, strict=False)
    except (msgspec.ValidationError, ValueError) as error:
        match = _AT.fullmatch(str(error))
        expected, at = (match[1], match[2] or "$") if match else (str(error), "$")
        unknown = _UNKNOWN.search(expected)
        at += f".{unknown[1]}" if unknown else ""
        raise BadContent(str(path), _line(at, lines), at.removeprefix("$").lstrip("."), expected) from error


def _line(at: str, lines: dict[str, int]) -> int | None:
    """The line of the value, or of the closest thing around it."""
    while at and at not in lines:
        at = at[: max(at.rfind("."), at.rfind("["))] if ("." in at or "[" in at) else ""
    return lines.get(at or "$")
