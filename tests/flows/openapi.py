"""Requests made up from a node's own OpenAPI document, sent through its whole web stack."""

from contextlib import suppress
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok

from dinh.kernel.web.visit import csrf_of
from tests.world import Visitor

Made = Case[Any]


async def document(visitor: Visitor) -> dict[str, Any]:
    found: dict[str, Any] = (await visitor.get("/openapi.json")).json()
    return found


def made_up(described: dict[str, Any], examples: int) -> list[Made]:
    """For each operation as many requests that keep to the document, and as many that break it. The same ones at every run."""
    found: list[Made] = []
    keep = settings(
        max_examples=examples, database=None, derandomize=True, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    for operation in schemathesis.openapi.from_dict(described).get_all_operations():
        assert isinstance(operation, Ok), "the document can be read"
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _gather(operation.ok().as_strategy(generation_mode=mode), keep, found)
    return found


def _gather(strategy: SearchStrategy[Made], keep: settings, found: list[Made]) -> None:
    @keep
    @given(strategy)
    def gather(case: Made) -> None:
        found.append(case)

    # An operation that takes nothing cannot be asked wrongly.
    with suppress(Unsatisfiable):
        gather()


async def send(visitor: Visitor, case: Made) -> httpx.Response:
    """With the token of the session's own pages: what is tested lies behind it."""
    given_ = case.as_transport_kwargs(base_url=visitor.node.origin)
    prepared = requests.Request(
        **{key: value for key, value in given_.items() if key in {"method", "url", "headers", "params", "data", "json", "cookies"}}
    ).prepare()
    headers = {name: str(value) for name, value in prepared.headers.items()} | {"x-csrf-token": csrf_of(visitor.node, visitor.anchor)}
    body = prepared.body if isinstance(prepared.body, str | bytes) else None
    return await visitor.http.request(prepared.method or "GET", prepared.url or "", headers=headers, content=body)


def faults(described: dict[str, Any], case: Made, answer: httpx.Response) -> list[str]:
    operation = described["paths"][case.path][case.method.lower()]
    name, found = f"{case.method} {case.path}", []
    if answer.status_code >= 500:
        found.append(f"{name}: {answer.status_code} for {case.as_curl_command()[:500]}")
    if str(answer.status_code) not in operation["responses"]:
        found.append(f"{name}: {answer.status_code} is not in the document")
    if answer.status_code >= 400 and not answer.headers.get("content-type", "").startswith("application/problem+json"):
        found.append(f"{name}: {answer.status_code} is no problem document")
    return found
