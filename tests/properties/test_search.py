"""Every service is found by its title however it is typed: one slip of a finger, no marks, capitals, another order."""

import random
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dinh.cases.procedures import Procedure, catalogue_of
from dinh.cases.search import Index, one_apart
from dinh.kernel import country, languages
from dinh.kernel.settings import Settings

CATALOGUES = {code: catalogue_of(country.load(Settings().content, code)) for code in ("vn", "example")}
DAY = date(2026, 11, 20)
TITLES = sorted(
    (code, procedure.code, title) for code, found in CATALOGUES.items() for procedure in found.all_on(DAY) for title in procedure.title.values()
)
# Titles as they are called, for an index as large as a whole state's.
KNOWN = (
    "đăng ký khai sinh", "đăng ký khai tử", "cấp giấy xác nhận tình trạng hôn nhân", "đăng ký kết hôn", "cấp lại thẻ bảo hiểm y tế", "khai báo tạm vắng",
    "cấp giấy phép xây dựng nhà ở riêng lẻ", "đăng ký thường trú", "đăng ký thành lập hộ kinh doanh", "cấp đổi giấy phép lái xe", "trợ cấp thất nghiệp",
    "chứng thực bản sao từ bản chính", "cấp hộ chiếu phổ thông", "đăng ký biến động đất đai", "hưởng chế độ thai sản", "xin học lại trường cũ",
)  # fmt: skip
VIETNAMESE = Index([(title, "") for title in KNOWN], languages.of("vi").fold)


def slip(text: str, how: str, at: int, letter: str) -> str:
    """One slip of a finger at one place."""
    at %= len(text)
    if how == "insert":
        return text[:at] + letter + text[at:]
    if how == "delete":
        return text[:at] + text[at + 1 :]
    if how == "replace":
        return text[:at] + letter + text[at + 1 :]
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


SLIPS = st.tuples(st.sampled_from(["insert", "delete", "replace", "swap"]), st.integers(0, 200), st.sampled_from("abcdeghiklmnopqrstuvxy "))


@settings(deadline=None)
@given(st.sampled_from(TITLES), SLIPS, st.sampled_from([str, str.upper, str.title]))
def test_every_title_of_every_country_finds_its_service_in_spite_of_one_slip(
    title: tuple[str, str, str], how: tuple[str, int, str], case: type
) -> None:
    code, procedure, words = title
    typed = case(slip(words, *how))
    assert procedure in [found.code for found in CATALOGUES[code].search(typed, DAY).procedures], typed


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(range(len(KNOWN))), SLIPS, st.booleans())
def test_among_many_its_own_title_comes_among_the_first(at: int, how: tuple[str, int, str], plain: bool) -> None:
    typed = slip(languages.of("en").fold(KNOWN[at]) if plain else KNOWN[at], *how)
    assert at in [hit.at for hit in VIETNAMESE.search(typed)[:2]], typed


@settings(deadline=None)
@given(st.sampled_from(range(len(KNOWN))), st.randoms())
def test_the_order_of_words_does_not_matter(at: int, dice: random.Random) -> None:
    words = KNOWN[at].split()
    dice.shuffle(words)
    assert VIETNAMESE.search(" ".join(words))[0].at == at


@settings(deadline=None)
@given(st.sampled_from(range(len(KNOWN))), st.integers(1, 40))
def test_what_is_typed_so_far_finds_it(at: int, length: int) -> None:
    """From the second letter of its second word on: before that it may be many."""
    first, second = KNOWN[at].split()[:2]
    typed = KNOWN[at][: max(len(first) + 3, length)]
    assert at in [hit.at for hit in VIETNAMESE.search(typed)], (typed, second)


@settings(deadline=None)
@given(st.sampled_from(range(len(KNOWN))), st.integers(0, 8))
def test_words_typed_together_are_told_apart(at: int, gap: int) -> None:
    words = KNOWN[at].split()
    gap %= len(words) - 1
    typed = " ".join([*words[:gap], words[gap] + words[gap + 1], *words[gap + 2 :]])
    assert VIETNAMESE.search(typed)[0].at == at, typed


@settings(deadline=None)
@given(st.text(max_size=300))
def test_whatever_is_typed_is_answered(text: str) -> None:
    VIETNAMESE.search(text)
    CATALOGUES["vn"].search(text, DAY)


@settings(deadline=None)
@given(st.text("abcd", min_size=1, max_size=6), st.text("abcd", min_size=1, max_size=6))
def test_one_apart_is_the_distance_of_damerau(one: str, other: str) -> None:
    assert one_apart(one, other) == (_distance(one, other) <= 1)


def _distance(one: str, other: str) -> int:
    """Optimal string alignment, as the books write it."""
    rows = [[max(i, j) if not i or not j else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (one[i - 1] != other[j - 1]))
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("khia sinh", "khai sinh"), ("KHAISINH", "khai sinh"), ("kh ai sinh", "khai sinh"), ("kha isinh", "khai sinh"), ("đăng ky khai sinh", ""), ("khai si", ""), ("thtẻ bảo hiểm", "thẻ bảo hiểm")],
)  # fmt: skip
def test_what_was_meant_is_said_with_its_marks(typed: str, meant: str) -> None:
    assert VIETNAMESE.search(typed)[0].suggestion == meant


@pytest.mark.parametrize("typed", ["", "   ", "zzzz", "hộp xyz", "%00", "?", "!!! ..."])
def test_what_nobody_offers_finds_nothing(typed: str) -> None:
    assert VIETNAMESE.search(typed) == []


def test_a_whole_sentence_finds_what_it_is_about() -> None:
    assert KNOWN[VIETNAMESE.search("Tôi muốn xin cấp lại thẻ bảo hiểm y tế cho con tôi thì làm sao?")[0].at] == "cấp lại thẻ bảo hiểm y tế"


def test_the_right_marks_come_first() -> None:
    index = Index([("đăng ký má", ""), ("đăng ký mả", "")], languages.of("vi").fold)
    assert [index.search(f"đăng ký {word}")[0].at for word in ("má", "mả")] == [0, 1]


@pytest.mark.parametrize("typed", ["1.001193", " 1.001193 ", "1.0011"])
def test_a_code_or_its_beginning_finds_the_service(typed: str) -> None:
    assert CATALOGUES["vn"].search(typed, DAY).procedures[0].code == "1.001193"


def test_five_thousand_services_are_searched_in_five_milliseconds() -> None:
    """Titles drawn from real words, so that common words are as common as they are; the middle of many queries with a slip in each."""
    dice = random.Random(7)
    words = sorted(
        {word for title in KNOWN for word in title.split()}
        | {f"{a}{b}" for a in ("ch", "tr", "ph", "qu", "v") for b in ("anh", "iên", "ông", "ắt", "ịnh", "uyện")}
    )
    titles = [" ".join(dice.choices(words, k=dice.randint(4, 12))) for _ in range(5_000)]
    index = Index([(title, " ".join(dice.choices(words, k=8))) for title in titles], languages.of("vi").fold)
    taken = []
    for title in dice.choices(titles, k=60):
        typed = slip(" ".join(title.split()[:4]), dice.choice(["insert", "delete", "replace", "swap"]), dice.randrange(50), "e")
        started = time.process_time()
        index.search(typed)
        taken.append(time.process_time() - started)
    assert sorted(taken)[30] < 0.030, "six times the aim, because this machine may be busy; bench/search.py holds the figure"


def test_procedures_are_indexed_once_a_day() -> None:
    catalogue = CATALOGUES["vn"]
    catalogue.search("khai sinh", DAY)
    before = catalogue._on_day(DAY)
    assert catalogue._on_day(date(2026, 11, 21)) is before
    assert all(isinstance(procedure, Procedure) for procedure in before[0])
