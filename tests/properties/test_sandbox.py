"""A sandbox answers what the document allows, whatever else stranger's documents hold."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dinh.exchange.members import Service, is_part
from dinh.exchange.registry import trial_code
from dinh.exchange.sandbox.rules import Example, example, wants_body
from dinh.kernel.settings import ROOT

RESIDENTS = yaml.safe_load((ROOT / "examples" / "exchange" / "openapi.yaml").read_text())
PERSON = {"number": "000001", "name": "Example Person", "ward": "Ward One"}
LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["#/", "#/paths", "#/components/a", "http://x/"])
KEYS = st.sampled_from(
    [
        "get",
        "/a",
        "/{b}",
        "responses",
        "200",
        "2XX",
        "content",
        "application/json",
        "schema",
        "$ref",
        "properties",
        "items",
        "allOf",
        "example",
        "type",
    ]
)
TREES = st.recursive(LEAF, lambda inside: st.dictionaries(KEYS, inside, max_size=4) | st.lists(inside, max_size=3), max_leaves=30)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/residents/000001", Example(200, "application/json", PERSON)),
        ("GET", "/residents/7?x=1", Example(200, "application/json", PERSON)),
        ("POST", "/moves", Example(202, "application/json", {"taken": True})),
        ("GET", "/moves", None),
        ("GET", "/residents", None),
        ("GET", "/residents/1/2", None),
    ],
)
def test_what_the_document_says_is_answered(method: str, path: str, expected: Example | None) -> None:
    assert example(RESIDENTS, method, path) == expected


def test_a_body_is_wanted_where_the_document_demands_it() -> None:
    assert wants_body(RESIDENTS, "POST", "/moves")
    assert not wants_body(RESIDENTS, "GET", "/residents/1")


def schema(shape: dict[str, Any]) -> dict[str, Any]:
    answer = {"200": {"content": {"application/json": {"schema": shape}}}}
    nested = {"type": "object", "properties": {"inside": {"$ref": "#/components/schemas/Nested"}, "age": {"type": "integer"}}}
    return {"paths": {"/a": {"get": {"responses": answer}}}, "components": {"schemas": {"Nested": nested, "Kind": {"enum": ["x", "y"]}}}}


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        ({"type": "string"}, "string"),
        ({"type": "array", "items": {"type": "boolean"}}, [False]),
        ({"$ref": "#/components/schemas/Kind"}, "x"),
        ({"allOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"b": {"const": 2}}}]}, {"a": 0, "b": 2}),
        ({"oneOf": [{"default": 5}, {"type": "string"}]}, 5),
        ({"$ref": "http://elsewhere.example/x"}, None),
    ],
)
def test_without_an_example_the_schema_gives_the_shape(shape: dict[str, Any], body: Any) -> None:
    found = example(schema(shape), "GET", "/a")
    assert found
    assert found.body == body


def test_a_schema_that_contains_itself_ends() -> None:
    found = example(schema({"$ref": "#/components/schemas/Nested"}), "GET", "/a")
    assert found
    assert found.body["inside"]["age"] == 0


def test_an_exact_path_is_taken_before_a_parameter() -> None:
    answers = [{"responses": {"200": {"content": {"application/json": {"example": name}}}}} for name in ("any", "mine")]
    document = {"paths": {"/a/{b}": {"get": answers[0]}, "/a/mine": {"get": answers[1]}}}
    assert [example(document, "GET", path).body for path in ("/a/mine", "/a/other")] == ["mine", "any"]  # type: ignore[union-attr]


@given(TREES)
def test_no_document_is_a_fault(tree: Any) -> None:
    document = {"openapi": "3.0.0", "paths": {"/a": {"get": tree}, "/{b}": tree}, "components": tree}
    for path in ("/a", "/b", "/", ""):
        found = example(document, "GET", path)
        assert found is None or 200 <= found.status < 300
        wants_body(document, "GET", path)


# Letters that could make one name look like another.
PARTS = st.text(st.sampled_from(".=2ED3a"), min_size=1, max_size=4).filter(is_part)
TRIPLES = st.tuples(PARTS, PARTS, PARTS)


@given(TRIPLES, TRIPLES)
def test_no_two_services_share_a_trial(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert (trial_of(*one) == trial_of(*other)) == (one == other)
    assert is_part(trial_of(*one))


def test_a_trial_is_named_as_its_service_and_never_too_long() -> None:
    assert trial_of("G22", "app", "residents") == "G22.app.residents"
    assert trial_of("H24.101", "app", "v1.residents") == "H24=2E101.app.v1.residents"
    assert trial_of("a.b", "c", "d") != trial_of("a", "b.c", "d") != trial_of("a", "b", "c.d")
    long = [trial_of("G22", "app", "x" * length) for length in (247, 248, 254, 255)]
    assert len(set(long)) == 4
    assert all(map(is_part, long))


def trial_of(provider: str, subsystem: str, code: str) -> str:
    return trial_code(Service(code=code, provider=provider, kind="ask", title={}, rights=[], subsystem=subsystem))
