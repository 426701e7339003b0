"""What must always hold of the pure parts."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinh.cases.clocks import Pause, add_working_days, calendar_of, counting_day, due, due_after, due_by, is_working, working_days_left
from dinh.kernel import content, country, languages, merkle
from dinh.kernel.errors import BadContent
from dinh.kernel.money import Money
from dinh.registers.description import NumberPart
from dinh.registers.population.rules import compose

COUNTRIES = Path(__file__).resolve().parents[2] / "countries"
OFFICE = calendar_of(country.load(COUNTRIES, "vn"), "vn-office")
DAYS = st.dates(date(2024, 1, 1), date(2027, 10, 1))


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (date(2026, 11, 20), 7, date(2026, 12, 2)),  # Culture Day on 24 November
        (date(2026, 11, 20), 3, date(2026, 11, 26)),
        (date(2026, 8, 20), 7, date(2026, 8, 28)),  # Saturday 22 August is worked
        (date(2026, 8, 28), 2, date(2026, 9, 4)),  # National Day
        (date(2027, 2, 1), 5, date(2027, 2, 15)),  # Tet
    ],
)
def test_working_days_as_published(start: date, days: int, expected: date) -> None:
    assert add_working_days(OFFICE, start, days) == expected


@pytest.mark.parametrize(
    ("received", "expected", "late"),
    [
        (datetime(2026, 11, 20, 9, 0), date(2026, 11, 20), False),
        (datetime(2026, 11, 20, 15, 0), date(2026, 11, 20), False),
        (datetime(2026, 11, 20, 15, 0, 1), date(2026, 11, 23), True),
        (datetime(2026, 11, 21, 9, 0), date(2026, 11, 23), False),  # a Saturday
        (datetime(2026, 8, 22, 9, 0), date(2026, 8, 22), False),  # a worked Saturday
        (datetime(2026, 11, 23, 16, 0), date(2026, 11, 25), True),  # before a holiday
    ],
)
def test_the_same_day_rule_and_its_cut_off(received: datetime, expected: date, late: bool) -> None:
    found = due(OFFICE, received, 0, time(15))
    assert (found.on, found.late_arrival) == (expected, late)


@given(DAYS, st.integers(0, 30))
def test_a_due_day_is_a_working_day_and_counts_back(start: date, days: int) -> None:
    found = add_working_days(OFFICE, start, days)
    assert is_working(OFFICE, found)
    assert found >= start
    if days:
        assert working_days_left(OFFICE, start, found) == days


@given(DAYS, st.integers(0, 15), st.integers(0, 15))
def test_working_time_is_additive_and_monotone(start: date, first: int, second: int) -> None:
    day = add_working_days(OFFICE, start, 0)
    assert add_working_days(OFFICE, add_working_days(OFFICE, day, first), second) == add_working_days(OFFICE, day, first + second)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2027, 10, 1)), st.timedeltas(timedelta(), timedelta(days=5)), st.integers(0, 10))
def test_filing_later_is_never_due_sooner(received: datetime, later: timedelta, days: int) -> None:
    assert due(OFFICE, received + later, days, time(15)).on >= due(OFFICE, received, days, time(15)).on


@given(st.datetimes(datetime(2024, 1, 1), datetime(2027, 8, 1)), st.integers(0, 45))
def test_calendar_days_end_on_the_first_working_day_from_then_on(received: datetime, days: int) -> None:
    found, last = due_by("calendar_days", OFFICE, received, days, time(15)), received.date() + timedelta(days=days)
    assert is_working(OFFICE, found.on)
    assert found.on >= last
    assert not any(is_working(OFFICE, last + timedelta(days=step)) for step in range((found.on - last).days))
    assert due_by("working_days", OFFICE, received, days, time(15)) == due(OFFICE, received, days, time(15))


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 6, 1))
LENGTHS = st.timedeltas(timedelta(), timedelta(days=20))
CUTOFF = time(15)


@pytest.mark.parametrize(
    ("received", "days", "since", "until", "expected"),
    [
        # Three days from Monday; asked on Tuesday, answered the next Monday: four working days stood still.
        (datetime(2026, 11, 2, 9), 3, datetime(2026, 11, 3, 9), datetime(2026, 11, 9, 9), date(2026, 11, 11)),
        # The same day, over the holiday on the 24th.
        (datetime(2026, 11, 23, 9), 0, datetime(2026, 11, 23, 10), datetime(2026, 11, 25, 10), date(2026, 11, 25)),
        # Asked on the due day after the cut-off: still in time, so the answer's day is the due day.
        (datetime(2026, 11, 23, 9), 0, datetime(2026, 11, 23, 16), datetime(2026, 11, 26, 9), date(2026, 11, 26)),
        # Asked when it was late already.
        (datetime(2026, 11, 2, 9), 0, datetime(2026, 11, 4, 9), datetime(2026, 11, 9, 9), date(2026, 11, 2)),
        # Over Tet.
        (datetime(2027, 2, 1, 9), 2, datetime(2027, 2, 2, 9), datetime(2027, 2, 15, 9), date(2027, 2, 16)),
    ],
)
def test_a_paused_clock_moves_the_due_day(received: datetime, days: int, since: datetime, until: datetime, expected: date) -> None:
    assert due_after(OFFICE, due(OFFICE, received, days, CUTOFF), CUTOFF, [Pause(since, until)]) == expected


@given(MOMENTS, st.integers(0, 15), LENGTHS, LENGTHS, LENGTHS)
def test_longer_pauses_are_never_due_sooner_and_two_make_one(
    received: datetime, days: int, wait: timedelta, first: timedelta, second: timedelta
) -> None:
    clock = due(OFFICE, received, days, CUTOFF)
    since, middle = received + wait, received + wait + first
    until = middle + second

    def after(*pauses: Pause) -> date:
        return due_after(OFFICE, clock, CUTOFF, pauses)

    assert after(Pause(since, since)) == clock.on
    assert clock.on <= after(Pause(since, middle)) <= after(Pause(since, until))
    assert after(Pause(since, middle), Pause(middle, until)) == after(Pause(since, until))


@given(MOMENTS, st.integers(0, 15), LENGTHS, LENGTHS)
def test_what_was_left_before_a_pause_is_left_after_it(received: datetime, days: int, wait: timedelta, length: timedelta) -> None:
    clock = due(OFFICE, received, days, CUTOFF)
    pause = Pause(received + wait, received + wait + length)
    began, ended = (max(counting_day(OFFICE, at, CUTOFF), clock.counted_from) for at in (pause.since, pause.until))
    if began <= clock.on:
        on = due_after(OFFICE, clock, CUTOFF, [pause])
        assert working_days_left(OFFICE, ended, on) == working_days_left(OFFICE, began, clock.on)


def test_a_day_that_no_calendar_decides_is_refused() -> None:
    with pytest.raises(ValueError, match="says nothing about 2031"):
        is_working(OFFICE, date(2031, 5, 5))


def _naive_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, word by word."""
    if not leaves:
        return merkle.EMPTY
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return merkle.node(_naive_root(leaves[:split]), _naive_root(leaves[split:]))


@given(st.lists(st.binary(max_size=8), max_size=70), st.integers(0, 70))
def test_a_tree_grown_in_two_sittings_has_the_root_of_the_standard(data: list[bytes], cut: int) -> None:
    leaves = [merkle.leaf(item) for item in data]
    tree = merkle.Frontier()
    tree.append(leaves[:cut])
    grown = merkle.Frontier(tree.size, tree.pack())
    grown.append(leaves[cut:])
    assert grown.root() == _naive_root(leaves)


def test_a_frontier_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="one hash"):
        merkle.Frontier(3, b"x" * 32)


VI = languages.of("vi")


def test_vietnamese_order_is_the_dictionarys() -> None:
    words = ["Uyên", "Đạt", "Dũng", "Ánh", "Anh", "Ân", "An", "Ăn", "Ba", "Bà", "Bả", "Bã", "Bá", "Bạ"]
    assert sorted(words, key=VI.sort_key) == ["An", "Anh", "Ánh", "Ăn", "Ân", "Ba", "Bà", "Bả", "Bã", "Bá", "Bạ", "Dũng", "Đạt", "Uyên"]


@given(st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạắằẩẫậđếềệốồộớờợứừự ", max_size=40))
def test_folding_is_stable_and_plain(text: str) -> None:
    folded = VI.fold(text)
    assert VI.fold(folded) == folded
    assert folded == VI.fold(text.upper())
    assert all(letter.isascii() for letter in folded)


def test_words_for_dates() -> None:
    assert VI.date_in_words(date(2026, 11, 24)) == "Ngày hai mươi tư, tháng mười một, năm hai nghìn không trăm hai mươi sáu"
    assert VI.long_date(date(2026, 11, 23)) == "thứ Hai, 23/11/2026"
    assert languages.of("en").long_date(date(2026, 11, 23)) == "Monday 23 November 2026"


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_money_adds_in_minor_units_and_never_across_currencies(left: int, right: int) -> None:
    assert (Money(left, "AAA") + Money(right, "AAA")).minor == left + right
    with pytest.raises(ValueError, match="cannot add"):
        Money(left, "AAA") + Money(right, "BBB")


LAYOUT = [
    NumberPart("place", 3),
    NumberPart("century_and_sex", 1, {"20:male": "2", "20:female": "3", "19:male": "0", "19:female": "1"}),
    NumberPart("year", 2),
    NumberPart("random", 6),
]


@given(st.sampled_from(["male", "female"]), st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(0, 10**9))
def test_a_personal_number_has_the_declared_layout(sex: str, born: date, drawn: int) -> None:
    number = compose(LAYOUT, "031", sex, born, drawn)
    assert len(number) == 12
    assert number.isdigit()
    assert number.startswith("031")
    assert (int(number[3]) % 2 == 0) == (sex == "male")
    assert number[4:6] == f"{born:%y}"


@given(st.text(max_size=300))
def test_no_text_makes_the_loader_fail_in_another_way_than_its_own(text: str) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8", errors="surrogatepass") as file:
        file.write(text)
        file.flush()
        try:
            content.read(Path(file.name), country.CountryFile)
        except BadContent as error:
            assert file.name in str(error)  # noqa: PT017
