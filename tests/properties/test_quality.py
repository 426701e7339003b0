"""What must always hold when quality is counted, and what a register's file may not say."""

import contextlib
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinh.kernel import content, country
from dinh.kernel.errors import BadContent, Conflict, Invalid, NotAllowed
from dinh.offices import directory_of
from dinh.registers import description
from dinh.registers.description import Column, NumberPart, Register
from dinh.registers.measures import WORDS
from dinh.registers.population.rules import compose
from dinh.registers.quality.contracts import Measure
from dinh.registers.quality.rules import by_word, night, share, worst_first
from dinh.registers.quality.sheet import places_of, years_before
from dinh.registers.queue import rules as turns
from dinh.registers.queue.contracts import STATES

COUNTRIES = Path(__file__).resolve().parents[2] / "countries"
KNOWN = country.load(COUNTRIES, "vn")
PERSON = description.describe(KNOWN, "person")
assert PERSON.quality
RULES = PERSON.quality.rules
WEIGHTS = {rule.code: rule.weight for rule in RULES}
MEASURES = st.lists(
    st.builds(
        lambda rule, agency, checked, bad: Measure(rule, agency, checked, checked - min(checked, bad)),
        st.sampled_from([*WEIGHTS, "no_longer_declared"]), st.sampled_from(["A", "B", "C"]), st.integers(0, 10**9), st.integers(0, 10**9),
    )
)  # fmt: skip


@given(MEASURES)
def test_a_share_is_a_percentage_and_full_only_without_a_fault(found: list[Measure]) -> None:
    whole = share(found, WEIGHTS)
    known = [measure for measure in found if measure.rule in WEIGHTS]
    assert whole.checked == sum(measure.checked for measure in known)
    assert (whole.permille is None) == (whole.checked == 0)
    if whole.permille is not None:
        assert 0 <= whole.permille <= 1000
        assert (whole.permille == 1000) == (whole.bad == 0)


@given(MEASURES)
def test_every_counted_record_belongs_to_one_word(found: list[Measure]) -> None:
    words = by_word(found, RULES)
    assert list(words) == list(WORDS)
    assert sum(word.checked for word in words.values()) == share(found, WEIGHTS).checked
    assert sum(word.bad for word in words.values()) == share(found, WEIGHTS).bad


@given(MEASURES)
def test_the_worst_agency_stands_first(found: list[Measure]) -> None:
    agencies = {agency: [measure for measure in found if measure.agency == agency] for agency in ("A", "B", "C")}
    rows = worst_first(agencies, RULES)
    assert sorted(row[0] for row in rows) == ["A", "B", "C"]
    measured = [row[2].permille for row in rows if row[2].permille is not None]
    assert measured == sorted(measured)
    assert all(row[2].permille is None for row in rows[len(measured) :])


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)))
def test_every_moment_belongs_to_one_night_and_nights_follow_each_other(at: datetime) -> None:
    assert night(at) == (at.date() if at.hour >= 1 else at.date() - timedelta(days=1))
    assert night(at + timedelta(days=1)) == night(at) + timedelta(days=1)


PARTS = st.permutations(["place", "century_and_sex", "year", "random"])


@given(PARTS, st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(["male", "female"]), st.integers(0, 10**6 - 1))
def test_parts_of_a_number_are_cut_where_they_were_put(order: list[str], born: date, sex: str, drawn: int) -> None:
    codes = {"19:male": "0", "19:female": "1", "20:male": "2", "20:female": "3"}
    digits = {"place": 3, "century_and_sex": 1, "year": 2, "random": 6}
    parts = [NumberPart(name, digits[name], codes if name == "century_and_sex" else {}) for name in order]  # type: ignore[arg-type]
    number = compose(parts, "031", sex, born, drawn)
    cut = {part.part: number[first - 1 : first - 1 + part.digits] for part, first in places_of(parts)}
    assert cut == {"place": "031", "century_and_sex": codes[f"{born.year // 100}:{sex}"], "year": f"{born.year % 100:02d}", "random": f"{drawn:06d}"}


@given(st.dates(date(1, 1, 1) + timedelta(days=366 * 111), date(9000, 1, 1)), st.integers(1, 110))
def test_years_before_lands_in_the_year(day: date, years: int) -> None:
    before = years_before(day, years)
    assert before.year == day.year - years
    assert (before.month, before.day) in {(day.month, day.day), (2, 28)}


@given(st.text(max_size=700))
def test_what_is_typed_becomes_a_value_of_its_kind_or_is_refused(typed: str) -> None:
    kinds = {"text": str, "date": date, "bool": bool}
    for kind, made in kinds.items():
        column = Column(name="value", type=kind, pii="none", keep="x", label={"en": "x"}, optional=True)  # type: ignore[arg-type]
        with contextlib.suppress(Invalid):
            value = description.value_of(column, typed)
            assert value is None or isinstance(value, made)
            assert (value is None) == (not typed.split())


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("turn", ["claim", "propose", "accept", "approve", "refuse", "delete"])
def test_turns_of_a_finding(state: str, turn: str) -> None:
    """In full: nothing is done about a finding that nobody has taken on, and nothing at all about a fixed one."""
    open_ = {("open", "claim"), ("accepted", "claim"), *(("claimed", one) for one in ("claim", "propose", "accept", "approve", "refuse"))}
    if (state, turn) in open_:
        turns.check_turn(state, turn)
    else:
        with pytest.raises(Conflict):
            turns.check_turn(state, turn)


@given(st.sets(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef"), min_size=1))
def test_only_strangers_handle_a_record(subjects: set[str], family: set[str]) -> None:
    if subjects & family:
        with pytest.raises(NotAllowed):
            turns.check_strangers(subjects, family)
    else:
        turns.check_strangers(subjects, family)


def test_four_eyes_belong_to_two_persons() -> None:
    turns.check_second("one", "other")
    for person in ("one", None):
        with pytest.raises(NotAllowed):
            turns.check_second("one", person)


# What a file may not say

GOOD = """name: thing
title: {en: Things}
ref: invented
fields:
  - {name: ref, type: text, key: true, pii: reference, keep: x, label: {en: Ref}}
  - {name: unit, type: text, pii: none, keep: x, label: {en: Unit}}
  - {name: born, type: date, pii: birth, keep: x, label: {en: Born}}
quality:
  agency: REG
  unit: unit
  basis: invented
  service: population.person
  subjects: [ref]
  rules:
    - {code: unit_there, kind: filled, column: unit, title: {en: Has a unit}}
"""


def _read(tmp_path: Path, text: str) -> Register:
    path = tmp_path / "thing.yaml"
    path.write_text(text)
    return content.read(path, Register)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    assert _read(tmp_path, GOOD).quality


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("kind: filled", "kind: full", "full"),
        ("column: unit,", "column: units,", "not 'units'"),
        ("kind: filled, column: unit", "kind: past, column: unit", "needs a date in 'unit'"),
        ("kind: filled, column: unit", "kind: pattern, pattern: '(', column: unit", "a regular expression"),
        ("kind: filled, column: unit", "kind: number, column: unit, born: born, sex: unit", "needs the parts"),
        ("kind: filled, column: unit", "kind: distinct, columns: []", "length"),
        ("kind: filled, column: unit", "kind: lived, born: born, died: born, years: 0", "0|1"),
        ("code: unit_there", "code: 'x; DROP TABLE'", "regex"),
        ("subjects: [ref]", "subjects: []", "length"),
        ("subjects: [ref]", "subjects: [who]", "quality.subjects"),
        ("  unit: unit", "  unit: place", "quality.unit"),
        ("  subjects", "  correctable: [ref]\n  subjects", "no key"),
        ("name: born", "name: changed_on", "has it already"),
        ("key: true, ", "", "exactly one field"),
        ("    - {code", "    - {code: unit_there, kind: filled, column: ref, title: {en: Again}}\n    - {code", "each code once"),
    ],
)
def test_a_bad_file_is_refused_by_name_and_reason(tmp_path: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(BadContent) as caught:
        _read(tmp_path, GOOD.replace(before, after, 1))
    assert "thing.yaml" in str(caught.value)
    assert any(word in str(caught.value) for word in said.split("|")), str(caught.value)


def test_a_register_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "registers").mkdir()
    wrong = GOOD.replace("kind: filled, column: unit", "kind: exists, column: unit, register: elephant")
    (tmp_path / "registers" / "thing.yaml").write_text(wrong)
    for name in ("country.yaml",):
        (tmp_path / name).write_text((COUNTRIES / "example" / name).read_text())
    with pytest.raises(BadContent, match="elephant"):
        description.all_of(country.load(tmp_path.parent, tmp_path.name))


# Who answers for a record


def test_every_unit_of_today_and_what_it_took_over_has_at_most_one_agency() -> None:
    directory, day = directory_of(KNOWN), date(2026, 11, 21)
    answering = directory.answering(day)
    assert set(answering.values()) <= set(directory.agencies)
    commune = next(unit for unit in directory.covered_units("31", day))
    assert answering[commune.code] == directory.agency_of_unit(commune.code).code


@pytest.mark.parametrize("code", ["vn", "example"])
def test_no_successor_is_a_stranger(code: str) -> None:
    directory, day = directory_of(country.load(COUNTRIES, code)), date(2026, 11, 21)
    today = set(directory.units_on(day))
    for former in sorted({part for unit in today for part in directory.unit(unit, day).predecessors.split(";") if part})[:300]:
        assert {unit.code for unit in directory.successors(former, day)} <= today
        assert directory.successors(former, day)
