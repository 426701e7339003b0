"""What must hold of every form, whatever is posted."""

from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinh.cases.applications import rules
from dinh.cases.applications.contracts import Attachment, Draft
from dinh.cases.guide import documents_of
from dinh.cases.procedures import Procedure, catalogue_of, read_procedure
from dinh.kernel import country, ids
from dinh.kernel.errors import BadContent
from dinh.kernel.forms import Condition, check, digest, first_day, flatten, holds, items, read, slots, verdict, with_item, without_item
from tests.walls.source import COUNTRIES, ROOT

VN = country.load(COUNTRIES, "vn")
ESTATE = read_procedure(VN, ROOT / "tests/flows/estate.yaml")
BIRTH = read_procedure(VN, next(iter(sorted((COUNTRIES / "vn/procedures/1.001193").glob("*.yaml")))))
TODAY = date(2026, 11, 21)
NAMES = ["name", "sort", "born", "tax_code", "proof", "basis", "heirs", "papers", "x"]
KEYS = st.one_of(
    st.sampled_from(
        [*ESTATE.form.fields, *BIRTH.form.fields, "child_birth_date-day", "child_birth_date-year", "deceased_born-month", "_add", "_seen"]
    ),
    st.builds("{}.{}.{}".format, st.sampled_from(NAMES), st.integers(-1, 1200), st.sampled_from(NAMES)),
    st.builds("heirs.{}.born-{}".format, st.integers(0, 5), st.sampled_from(["day", "month", "year"])),
    st.text(max_size=12),
)
VALUES = st.one_of(
    st.sampled_from(["", "yes", "will", "law", "person", "body", "mother", "2026", "2026-13", "2026-02-30", "2025-01-01", "0"]), st.text(max_size=30)
)
POSTED = st.dictionaries(KEYS, VALUES, max_size=25)
PROCEDURES = st.sampled_from([ESTATE, BIRTH])


def _fill(procedure: Procedure, posted: list[dict[str, str]]) -> Draft:
    """Every page saved with each posted form in turn, as a browser would, files at the places that ask for one."""
    form, draft = procedure.form, Draft()
    for raw in posted:
        for page in form.pages:
            fields = rules.shown_on(form, page, draft, raw, TODAY)
            draft = rules.with_answers(draft, fields, read(fields, raw))
            draft, _ = rules.pressed(draft, page.fields, raw)
    for key, field in list(slots(form.asked(draft.answers, TODAY), draft.answers, TODAY)):
        place = rules.free_key(field, key, draft) if field.kind == "file" else None
        if place:
            draft = rules.with_file(draft, place, Attachment(ids.new_id(), "a.pdf", 10, "application/pdf"))
    return draft


@given(PROCEDURES, st.lists(POSTED, max_size=3))
def test_nothing_that_is_posted_breaks_a_form(procedure: Procedure, posted: list[dict[str, str]]) -> None:
    form, draft = procedure.form, _fill(procedure, posted)
    rules.errors(form, draft, TODAY)
    rules.progress(form, draft, TODAY)
    rules.is_open_ended(form, draft, TODAY)
    documents_of(procedure, rules.values(draft), TODAY)
    procedure.fee(TODAY, draft.answers)
    for raw in posted:
        check(form.asked(raw, TODAY), raw, TODAY)
        for page in form.pages:
            digest(page.fields, raw)
            read(page.fields, raw)
    for key in draft.answers:
        assert form.at(key) is not None


@given(PROCEDURES, st.lists(POSTED, max_size=3))
def test_what_counts_is_what_the_desk_is_asked_and_asking_again_changes_nothing(procedure: Procedure, posted: list[dict[str, str]]) -> None:
    form, draft = procedure.form, _fill(procedure, posted)
    filed = rules.effective(form, draft, TODAY)
    assert form.relevant(filed, TODAY) == filed
    assert form.asked(filed, TODAY) == form.asked(rules.values(draft), TODAY)
    if not rules.errors(form, draft, TODAY):
        assert check(form.asked(filed, TODAY), filed, TODAY) == {}


def test_a_complete_form_passes_and_the_law_above_is_not_empty() -> None:
    raw = {
        "deceased_name": "An",
        "deceased_born-year": "1950",
        "basis": "will",
        "will_place": "Huế",
        "unit": "11383",
        "heirs.0.name": "Bình",
        "heirs.0.sort": "body",
    }
    draft = _fill(ESTATE, [raw, raw | {"heirs.0.tax_code": "12"}])
    assert rules.errors(ESTATE.form, draft, TODAY) == {}
    assert set(rules.effective(ESTATE.form, draft, TODAY)) >= {"heirs.0.tax_code", "heirs.0.proof", "papers.0", "will_place"}


CONDITIONS = st.recursive(
    st.one_of(
        st.builds(Condition, field=st.sampled_from(["a", "b", "c"]), values=st.lists(st.sampled_from(["", "yes", "no"]), min_size=1, max_size=2)),
        st.builds(Condition, field=st.sampled_from(["a", "d"]), more_than_days_ago=st.integers(-(10**6), 10**6)),
    ),
    lambda inner: st.one_of(
        st.builds(Condition, every=st.lists(inner, min_size=1, max_size=3)),
        st.builds(Condition, some=st.lists(inner, min_size=1, max_size=3)),
        st.builds(Condition, inverse=inner),
    ),
    max_leaves=8,
)
ANSWERS = st.dictionaries(
    st.sampled_from(["a", "b", "c", "d"]), st.one_of(st.sampled_from(["yes", "no", "2026-01-01", "0001-01-01", "2026"]), st.text(max_size=8))
)


@given(CONDITIONS, ANSWERS, st.dates())
def test_a_condition_says_yes_or_no_and_its_inverse_the_other(condition: Condition, answers: dict[str, str], day: date) -> None:
    said = holds(condition, answers, day)
    assert said in {True, False}
    assert holds(Condition(inverse=condition), answers, day) is not said
    assert verdict(condition, answers, day, frozenset()) is said


@given(CONDITIONS, ANSWERS, st.dates(), st.sets(st.sampled_from(["a", "b", "c", "d"])))
def test_a_verdict_that_is_given_early_stands(condition: Condition, answers: dict[str, str], day: date, undecided: set[str]) -> None:
    known = {name: value for name, value in answers.items() if name not in undecided}
    early = verdict(condition, known, day, undecided)
    if early is not None:
        assert holds(condition, answers, day) is early


ITEMS = st.lists(st.dictionaries(st.sampled_from(["name", "sort", "born"]), st.text(max_size=8), min_size=1), max_size=6)


@given(ITEMS)
def test_items_survive_being_laid_flat(found: list[dict[str, str]]) -> None:
    flat = flatten("heirs", found)
    assert items("heirs", {**flat, "heirs": "", "heir.0.name": "x", "basis": "y"}) == found


@given(ITEMS.filter(bool), st.data())
def test_removing_an_item_takes_that_one_and_no_other(found: list[dict[str, str]], data: Any) -> None:
    at = data.draw(st.integers(0, len(found) - 1))
    left = without_item("heirs", at, {**flatten("heirs", found), "basis": "will"})
    assert items("heirs", left) == found[:at] + found[at + 1 :]
    assert left["basis"] == "will"


@given(ITEMS)
def test_an_added_item_is_the_last_and_there_are_never_too_many(found: list[dict[str, str]]) -> None:
    group = ESTATE.form.fields["heirs"]
    more = with_item(group, flatten("heirs", found))
    assert len(items("heirs", more)) <= max(group.max, len(found))
    assert items("heirs", more)[: len(found)] == found


@given(st.dates(min_value=date(1, 1, 1)), st.sampled_from([4, 7, 10]))
def test_a_reduced_date_begins_where_it_says(day: date, length: int) -> None:
    text = day.isoformat()[:length]
    begins = first_day(text)
    assert begins is not None
    assert begins <= day
    assert begins.isoformat().startswith(text)


@pytest.mark.parametrize("text", ["", "26", "2026-1", "2026-13", "2026-02-30", "0000", "2026-W01-1", "20260101", "٢٠٢٦", "2026-11-21T00"])
def test_what_is_no_date_has_no_beginning(text: str) -> None:
    assert first_day(text) is None


# Verification of content


def _changed(change: Any, tmp_path: Path) -> str:
    """The estate with one thing changed: what the check says about it."""
    data = msgspec.yaml.decode((ROOT / "tests/flows/estate.yaml").read_bytes())
    data["code"], data["deadline"]["cutoff"] = str(data["code"]), "15:00:00"
    change(data)
    path = tmp_path / "changed.yaml"
    path.write_bytes(msgspec.yaml.encode(data))
    with pytest.raises(BadContent) as caught:
        read_procedure(VN, path)
    assert f"{path}:" in str(caught.value)
    return str(caught.value)


def _pages(data: Any) -> Any:
    return data["form"]["pages"]


FAULTY: list[tuple[Any, str]] = [
    (lambda d: _pages(d)[2].update(when={"field": "nothing", "values": ["a"]}), "form.pages[2].when: a field that is asked before, not 'nothing'"),
    (lambda d: _pages(d)[0].update(when={"field": "unit", "values": ["a"]}), "asked before, not 'unit'"),
    (lambda d: _pages(d)[2].update(when={"field": "basis", "values": ["wil"]}), "one of law, will, not 'wil'"),
    (lambda d: _pages(d)[2].update(when={"field": "heirs", "values": ["a"]}), "of kind `group`"),
    (lambda d: _pages(d)[2].update(when={"field": "deceased_born", "more_than_days_ago": 3}), "of a whole date"),
    (lambda d: _pages(d)[2].update(when={"field": "basis"}), "Expected `field` with `values`"),
    (lambda d: _pages(d)[2].update(when={"all": []}), "Expected `field` with `values`"),
    (
        lambda d: _pages(d)[2].update(when={"all": [{"field": "basis", "values": ["will"]}, {"not": {"field": "basis", "values": ["will"]}}]}),
        "never asked",
    ),
    (
        lambda d: _pages(d)[2].update(when={"all": [{"field": "basis", "values": ["law"]}, {"not": {"field": "will_place", "values": [""]}}]}),
        "never asked",
    ),
    (lambda d: _pages(d)[3]["fields"].append({**_pages(d)[3]["fields"][0]}), "each name once, not 'unit' 2 times"),
    (lambda d: _pages(d)[3].update(name="heirs"), "each page's name once"),
    (lambda d: _pages(d)[3].update(name="review"), "other than discard and review"),
    (lambda d: _pages(d)[1]["fields"][0]["fields"].append({**deepcopy(_pages(d)[1]["fields"][0]), "name": "more"}), "no group inside a group"),
    (lambda d: _pages(d)[1]["fields"][0]["fields"][1].update(name="name"), "each name once, not 'name' twice"),
    (lambda d: _pages(d)[1]["fields"][0].update(min=4), "0 <= min <= max"),
    (lambda d: _pages(d)[1]["fields"][0].update(max=500), "at most 400 boxes"),
    (lambda d: [field.update(required=False) for field in _pages(d)[1]["fields"][0]["fields"]], "that every item is asked"),
    (lambda d: _pages(d)[0]["fields"][0].update(max_files=3), "of a field of kind `file`"),
    (lambda d: _pages(d)[0]["fields"][0].update(shown=False), "a locked source"),
    (lambda d: d["documents"][0].update(field="basis"), "documents[0].field: a file field of the form"),
    (lambda d: d["documents"][0].update(when={"field": "basis", "values": ["law"]}), "documents[0].when: a condition that some answers fulfil"),
    (lambda d: d["fees"][0].update(when={"field": "nothing", "values": ["x"]}), "fees[0].when"),
    (lambda d: d.update(heading_field="nothing"), "heading_field: a field of the form"),
]


@pytest.mark.parametrize(("change", "said"), FAULTY, ids=range(len(FAULTY)))
def test_a_form_that_cannot_work_is_found_when_it_is_read(change: Any, said: str, tmp_path: Path) -> None:
    assert said in _changed(change, tmp_path)


def test_every_procedure_of_every_country_can_work() -> None:
    known = [country.load(COUNTRIES, path.parent.name) for path in sorted(COUNTRIES.glob("*/country.yaml"))]
    found = [version for one in known for versions in catalogue_of(one).versions.values() for version in versions]
    assert len(found) >= 2
