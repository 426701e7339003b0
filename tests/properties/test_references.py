"""What content may say about a case's data: evaluating answers for all input, and what was checked is what is found."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dinh.cases.outcomes import Check, Finding, Lookup, OneOf, Outcome, check_approval
from dinh.cases.outcomes.rules import Sight, filled, judge, subject
from dinh.cases.references import Words, evaluate, faults, parse, plus_months, uses
from dinh.kernel import languages
from dinh.kernel.errors import Conflict
from dinh.kernel.forms import Condition

WORDS = Words(languages.of("vi"), lambda code: f"unit {code}")
NAMES = st.sampled_from(["answers", "persons", "case", "mother", "name", "born", "x"])
FILTERS = st.sampled_from(["", "|short_date", "|date_in_words", "|year", "|upper", "|place", "|plus_months:6", "|plus_months", "|year:3", "|nothing"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.dates().map(date.isoformat)
FACTS = st.dictionaries(
    NAMES, st.recursive(LEAVES, lambda inner: st.dictionaries(NAMES, inner, max_size=3) | st.lists(inner, max_size=3), max_leaves=8)
)
REFERENCES = st.builds(lambda path, one, other: "$" + ".".join(path) + one + other, st.lists(NAMES, min_size=1, max_size=4), FILTERS, FILTERS)
VALUES = st.recursive(
    REFERENCES | st.text(max_size=12) | st.text(max_size=8).map(lambda text: f"${text}"),
    lambda inner: st.dictionaries(NAMES | st.just("$if"), inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, FACTS)
def test_evaluating_never_raises_and_leaves_no_reference(value: Any, facts: dict[str, Any]) -> None:
    evaluate(value, facts, WORDS)
    if isinstance(value, str) and not value.startswith("$"):
        assert evaluate(value, facts, WORDS) == value


def _shape(facts: Any) -> Any:
    return {name: _shape(part) for name, part in facts.items()} if isinstance(facts, dict) else None


@given(REFERENCES, FACTS)
def test_a_reference_without_a_fault_leads_to_a_fact(value: str, facts: dict[str, Any]) -> None:
    """Where the shape is that of the facts, only a fact that is itself absent answers None."""
    if list(faults(value, "here", _shape(facts))):
        return
    reference = parse(value)
    assert reference is not None
    found: Any = facts
    for name in reference.path:
        found = found[name]
    assert (evaluate(value, facts, WORDS) is None) == (found is None)


@given(FACTS)
def test_a_condition_drops_the_whole_mapping_or_only_itself(facts: dict[str, Any]) -> None:
    value = {"$if": "$persons.mother", "name": "$persons.mother.name", "fixed": "text"}
    mother = evaluate("$persons.mother", facts, WORDS)
    found = evaluate(value, facts, WORDS)
    assert (found is None) == (mother in (None, ""))
    assert found is None or found.keys() == {"name", "fixed"}


def test_filters_word_what_they_know() -> None:
    facts = {"case": {"day": "2026-08-31", "unit": "1", "name": "Ánh"}}
    for text, expected in (
        ("$case.day|short_date", "31/08/2026"),
        ("$case.day|year", "2026"),
        ("$case.day|plus_months:6|short_date", "28/02/2027"),
        ("$case.unit|place", "unit 1"),
        ("$case.name|upper", "ÁNH"),
        ("$case.name|short_date", "Ánh"),
        ("$case.nothing|short_date", None),
        ("$case", facts["case"]),
    ):
        assert evaluate(text, facts, WORDS) == expected, text


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(0, 600), st.integers(0, 600))
def test_months_are_monotone_and_end_in_the_right_month(day: date, fewer: int, more: int) -> None:
    found = plus_months(day, fewer)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == fewer
    assert found.day <= day.day
    assert plus_months(day, min(fewer, more)) <= plus_months(day, max(fewer, more))
    assert plus_months(date(9999, 12, 31), more + 1) == date.max


@given(VALUES)
def test_what_uses_a_path_is_found(value: Any) -> None:
    assert uses(["x", {"a": value, "b": "$decision.reasons|upper"}], ("decision", "reasons"))
    assert not uses({"a": "$decision.day", "b": "decision.reasons"}, ("decision", "reasons"))


@given(st.text(max_size=30))
def test_a_name_with_braces_stays_a_name(name: str) -> None:
    assert filled({"vi": "là {name}."}, name) == {"vi": f"là {name}."}


@given(st.text(max_size=5) | st.none() | st.booleans(), st.lists(st.text(max_size=5), max_size=4))
def test_one_of_holds_for_its_values_alone(value: Any, of: list[str]) -> None:
    plain = [one for one in of if not one.startswith("$")]
    rule = OneOf(text={"vi": "x"}, value="$answers.v", of=plain)
    sight = Sight({"answers": {"v": value}, "persons": {}, "asked": {}, "case": {"received_on": "2026-08-31"}}, {}, WORDS)
    written = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
    assert [check.good for check in judge([rule], sight)] == [value is not None and written in plain]


@given(st.lists(st.tuples(st.sampled_from([True, False, None]), st.booleans()), max_size=6))
def test_an_approval_needs_every_binding_check(checks: list[tuple[bool | None, bool]]) -> None:
    finding = Finding([Check({"vi": "x"}, good, binding) for good, binding in checks], {}, [])
    check_approval(Outcome(), finding, "refuse", "")
    if all(good for good, binding in checks if binding):
        check_approval(Outcome(), finding, "approve", "")
        return
    try:
        check_approval(Outcome(), finding, "approve", "")
    except Conflict:
        return
    raise AssertionError("approved")


@given(st.sampled_from(["mother", "father", ""]), st.text(max_size=4))
def test_a_lookup_asks_by_exactly_what_was_filed(relation: str, number: str) -> None:
    facts = {
        "answers": {"relation": relation, "number": number},
        "case": {"applicant": "me", "received_on": "2026-08-31"},
        "persons": {},
        "asked": {"record": {"child": "c"}},
    }
    when = Condition("relation", ["mother"])
    assert subject(Lookup("mother", applicant=True, when=when), facts, WORDS) == ({"ref": "me"} if relation == "mother" else None)
    assert subject(Lookup("father", number="number"), facts, WORDS) == ({"number": number} if number else None)
    assert subject(Lookup("child", ref="$asked.record.child"), facts, WORDS) == {"ref": "c"}
    assert subject(Lookup("child", ref="$asked.gone.child"), facts, WORDS) is None
