"""Laws of what a person finds and takes away: search, filters, cells."""

import csv
import io
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dinh.exchange.accesslog import Entry
from dinh.exchange.mydata import rules
from dinh.vault.documents.rules import LONG, hits, reader_of

CELLS = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from('=+-@\t\r\n",; ')), max_size=30)
WORDS = st.text("abcd", min_size=LONG, max_size=8)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=4))
def test_what_a_spreadsheet_reads_is_what_was_written_and_no_formula(table: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(rules.table(table).decode("utf-8-sig"), newline="")))
    assert [[cell.removeprefix("'") for cell in row] for row in read] == [[cell.removeprefix("'") for cell in row] for row in table]
    assert not any(cell.strip(" ").startswith(("=", "+", "-", "@", "\t", "\r")) for row in read for cell in row)


def _distance(one: str, other: str) -> int:
    """Damerau's (optimal string alignment), by the book."""
    grid = [[max(row, column) if not row * column else 0 for column in range(len(other) + 1)] for row in range(len(one) + 1)]
    for row in range(1, len(one) + 1):
        for column in range(1, len(other) + 1):
            same = one[row - 1] == other[column - 1]
            grid[row][column] = min(grid[row - 1][column] + 1, grid[row][column - 1] + 1, grid[row - 1][column - 1] + (not same))
            if row > 1 and column > 1 and one[row - 1] == other[column - 2] and one[row - 2] == other[column - 1]:
                grid[row][column] = min(grid[row][column], grid[row - 2][column - 2] + 1)
    return grid[-1][-1]


@given(WORDS, WORDS)
def test_one_letter_is_forgiven_and_no_second(word: str, known: str) -> None:
    assert hits([word], [known]) == (word in known or _distance(word, known) <= 1)


@given(st.text("ab", min_size=1, max_size=LONG - 1), st.text("ab", max_size=8))
def test_a_short_word_stands_as_it_is(word: str, known: str) -> None:
    assert hits([word], [known]) == (word in known)


TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
ENTRIES = st.builds(
    Entry, id=st.uuids(version=4), at=TIMES, agency=st.sampled_from("AB"), purpose=st.sampled_from("PQ"), legal_basis=st.just(""), what=st.just(""),
    own=st.booleans(),
)  # fmt: skip


@given(st.lists(ENTRIES, max_size=30, unique_by=lambda entry: entry.id), st.integers(1, 5))
def test_pages_by_marks_give_every_entry_once_in_order(entries: list[Entry], size: int) -> None:
    whole = rules.newest_first(entries)
    seen: list[Entry] = []
    query: dict[str, str] = {}
    for _ in range(len(entries) + 1):
        wanted = rules.asked_of(query, UTC).wanted
        page = [entry for entry in whole if rules.fits(entry, wanted)][:size]
        if not page:
            break
        seen += page
        query = {"before": rules.mark_of(page[-1])}
    assert seen == whole


@given(st.dictionaries(st.sampled_from([*rules.FIELDS, "before"]), st.text(max_size=60)))
def test_no_address_breaks_a_filter(query: dict[str, str]) -> None:
    asked = rules.asked_of(query, UTC)
    assert rules.asked_of(asked.typed, UTC).typed == asked.typed


@given(st.text(max_size=80), st.text(max_size=40))
def test_every_reader_has_a_kind(agent: str, address: str) -> None:
    assert reader_of(agent, address).kind in {"phone", "computer", "program"}


def test_days_are_those_of_the_zone() -> None:
    entries = [
        Entry(id=UUID(int=1), at=datetime(2026, 3, 4, hour, tzinfo=UTC), agency="A", purpose="P", legal_basis="", what="") for hour in (17, 16)
    ]
    days = rules.by_day(entries, timezone(timedelta(hours=7)))
    assert [(day.day.day, len(day.groups)) for day in days] == [(5, 1), (4, 1)]
    assert [(day.day.day, len(day.groups[0])) for day in rules.by_day(entries, UTC)] == [(4, 2)]
