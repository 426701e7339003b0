"""What a sandbox answers: the example that a provider wrote into its OpenAPI document, or one that its schema allows. Never data."""

from collections.abc import Iterator
from typing import Any

import msgspec

JSON = "application/json"
DEPTH = 12
# What stands for a value of which the document says only its type.
PLAIN: dict[str, Any] = {"string": "string", "integer": 0, "number": 0, "boolean": False, "object": {}, "array": []}


class Example(msgspec.Struct, frozen=True):
    """`body` is None where the document promises none."""

    status: int
    media: str
    body: Any


def example(document: dict[str, Any], method: str, path: str) -> Example | None:
    """Of the first answer that the document calls a success. None for what it does not name. A path without parameters is taken before one with them."""
    operation = _operation(document, method.lower(), [part for part in path.partition("?")[0].split("/") if part])
    if operation is None:
        return None
    responses = _mapping(operation.get("responses"))
    for code, response in sorted(responses.items(), key=lambda one: str(one[0])):
        if str(code).startswith("2"):
            return _answer(document, int(str(code).replace("X", "0")), _mapping(_followed(document, response)))
    return Example(204, JSON, None)


def wants_body(document: dict[str, Any], method: str, path: str) -> bool:
    operation = _operation(document, method.lower(), [part for part in path.partition("?")[0].split("/") if part]) or {}
    return _mapping(_followed(document, operation.get("requestBody"))).get("required") is True


def _operation(document: dict[str, Any], method: str, parts: list[str]) -> dict[str, Any] | None:
    found = [
        (sum("{" in one for one in written), operation)
        for written, operation in _operations(document, method)
        if len(written) == len(parts) and all("{" in one or one == part for one, part in zip(written, parts, strict=True))
    ]
    return min(found, key=lambda one: one[0])[1] if found else None


def _operations(document: dict[str, Any], method: str) -> Iterator[tuple[list[str], dict[str, Any]]]:
    for path, item in _mapping(document.get("paths")).items():
        operation = _mapping(item).get(method)
        if isinstance(operation, dict):
            yield [part for part in str(path).split("/") if part], operation


def _answer(document: dict[str, Any], status: int, response: dict[str, Any]) -> Example:
    for media, content in _mapping(response.get("content")).items():
        if "json" in str(media):
            return Example(status, str(media), _body(document, _mapping(content)))
    return Example(status, JSON, None)


def _body(document: dict[str, Any], content: dict[str, Any]) -> Any:
    if "example" in content:
        return content["example"]
    for named in _mapping(content.get("examples")).values():
        return _mapping(_followed(document, named)).get("value")
    return _of_schema(document, content.get("schema"), DEPTH)


def _of_schema(document: dict[str, Any], schema: Any, depth: int) -> Any:
    """The smallest value that shows the shape. A schema that contains itself ends at DEPTH."""
    found = _mapping(_followed(document, schema)) if depth else {}
    said = next((found[name] for name in ("example", "default", "const") if name in found), None)
    listed = next((found[name][0] for name in ("examples", "enum") if isinstance(found.get(name), list) and found[name]), said)
    return _of_shape(document, found, depth - 1) if listed is None else listed


def _of_shape(document: dict[str, Any], found: dict[str, Any], depth: int) -> Any:
    parts = next((found[name] for name in ("allOf", "oneOf", "anyOf") if isinstance(found.get(name), list) and found[name]), None)
    if parts is not None:
        values = [_of_schema(document, one, depth) for one in (parts if "allOf" in found else parts[:1])]
        return {name: value for part in values if isinstance(part, dict) for name, value in part.items()} or values[0]
    if "properties" in found:
        return {name: _of_schema(document, one, depth) for name, one in _mapping(found["properties"]).items()}
    if "items" in found:
        return [_of_schema(document, found["items"], depth)]
    kind = found.get("type")
    return PLAIN.get(kind) if isinstance(kind, str) else None


def _followed(document: dict[str, Any], value: Any) -> Any:
    """What `$ref` points at, inside this document: nothing else is fetched."""
    for _ in range(DEPTH):
        reference = _mapping(value).get("$ref")
        if not isinstance(reference, str):
            return value
        value = document if reference.startswith("#/") else None
        for part in reference.removeprefix("#/").split("/"):
            value = _mapping(value).get(part.replace("~1", "/").replace("~0", "~"))
    return None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
