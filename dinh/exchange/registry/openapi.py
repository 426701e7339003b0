"""Read the endpoints of a provider's OpenAPI 3 document, and write one for a service of our own."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from dinh.exchange import paths
from dinh.exchange.members import Service
from dinh.exchange.paths import Endpoint
from dinh.kernel.errors import Invalid

METHODS = ("delete", "get", "head", "options", "patch", "post", "put", "trace")
PARAMETER = re.compile(r"\{[^/{}]+\}")
MOST_BYTES, MOST_ENDPOINTS = 2 * 1024 * 1024, 2000
DEPTH = 64
# libyaml where the wheel has it. The safe one: a document is a stranger's.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(document: str) -> dict[str, Any]:
    """JSON or YAML. Raises Invalid (`exchange.bad_openapi`) for what is no OpenAPI 3 document."""
    if len(document.encode()) > MOST_BYTES:
        raise Invalid("exchange.bad_openapi")
    try:
        found = msgspec.json.decode(document) if document.lstrip().startswith("{") else _yaml(document)
    except (msgspec.DecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        raise Invalid("exchange.bad_openapi") from error
    if not isinstance(found, dict) or not str(found.get("openapi", "")).startswith("3.") or not isinstance(found.get("paths"), dict):
        raise Invalid("exchange.bad_openapi")
    return found


def _yaml(document: str) -> Any:
    """Without aliases: a few lines of them can stand for more than any memory holds."""
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(document, Loader=LOADER)):
        raise Invalid("exchange.bad_openapi")
    return yaml.load(document, Loader=LOADER)  # noqa: S506 - one of the two safe loaders


def endpoints(found: dict[str, Any]) -> list[Endpoint]:
    """Every method and path, a parameter as `*`, in order. Raises Invalid for a path that no request could have."""
    every = list(_endpoints(found))
    if not every or len(every) > MOST_ENDPOINTS or any(list(paths.faults(one.path)) for one in every):
        raise Invalid("exchange.bad_openapi")
    return sorted(set(every), key=lambda one: (one.path, one.method))


def _endpoints(found: dict[str, Any]) -> Iterator[Endpoint]:
    for path, item in found["paths"].items():
        for method in METHODS:
            if isinstance(item, dict) and method in item:
                yield Endpoint(method.upper(), _glob(str(path)))  # type: ignore[arg-type]  # one of METHODS


def _glob(path: str) -> str:
    """`/persons/{id}` is `/persons/*`; a parameter inside a segment makes the whole segment one."""
    return "/".join("*" if PARAMETER.search(part) else part for part in path.split("/"))


def written(service: Service, language: str) -> dict[str, Any]:
    """Of a service that a room answers: one POST of the names that it takes, answered by those that it gives."""
    title = service.title.get(language) or next(iter(service.title.values()))
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "paths": {
            "/": {
                "post": {
                    "operationId": service.code,
                    "summary": title,
                    "requestBody": {"required": True, "content": {"application/json": {"schema": schema(service.takes, closed=True)}}},
                    "responses": {
                        "200": {"description": title, "content": {"application/json": {"schema": schema(service.gives, closed=False)}}},
                        "default": {"description": "Problem (RFC 9457)", "content": {"application/problem+json": {"schema": {"type": "object"}}}},
                    },
                }
            }
        },
    }


def schema(names: list[str], *, closed: bool) -> dict[str, Any]:
    """Of names as `child.full_name`, with `?` where one may be absent. What a value is, the names do not say."""
    made: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
    for name in names:
        place, optional = made, name.endswith("?")
        *outer, last = name.removesuffix("?").split(".")
        for part in outer:
            if not optional and part not in place["required"]:
                place["required"].append(part)
            place = place["properties"].setdefault(part, {"type": "object", "properties": {}, "required": []})
        place["properties"][last] = {}
        if not optional:
            place["required"].append(last)
    return made | ({"additionalProperties": False} if closed and names else {})
