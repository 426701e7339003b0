"""Vietnamese: an alphabet of 29 letters, six tones, and a written order that no "C" collation gives."""

import unicodedata
from datetime import date, datetime

code = "vi"
own_name = "Tiếng Việt"

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: f"{rank:02d}" for rank, letter in enumerate(_ALPHABET, start=10)}
# In dictionaries: level, grave, hook above, tilde, acute, dot below.
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def fold(text: str) -> str:
    """For search: lower case, no marks, `đ` as `d`, `y` after a consonant as `i` (kỹ, kĩ), single spaces."""
    plain = "".join(mark for mark in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(mark))
    words = plain.replace("đ", "d").split()
    return " ".join(_fold_y(word) for word in words)


def _fold_y(word: str) -> str:
    """`kí` and `ký` are one word; `quy` and `tay` keep their vowel."""
    if len(word) > 1 and word.endswith("y") and word[-2] in "hklmst":
        return word[:-1] + "i"
    return word


def sort_key(text: str) -> str:
    """Letters first, then tones, word by word: `Anh` < `Ánh` < `Ân`. Compares rightly byte by byte."""
    words = [_word_key(word) for word in unicodedata.normalize("NFC", text.lower()).split()]
    return " ".join(words)


def _word_key(word: str) -> str:
    letters, tones = "", ""
    for letter in word:
        base, tone = _split(letter)
        letters += _RANK.get(base, "99" if base.isalpha() else "0" + base if base.isdigit() else "")
        tones += tone
    return f"{letters}!{tones}"


def _split(letter: str) -> tuple[str, str]:
    marks = unicodedata.normalize("NFD", letter)
    tone = next((_TONES[mark] for mark in marks if mark in _TONES), "0")
    base = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES))
    return base, tone


def long_date(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]}, {short_date(day)}"


def short_date(day: date) -> str:
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


def month(day: date) -> str:
    return f"{day.month:02d}/{day.year}"


def moment(at: datetime) -> str:
    return f"{short_date(at.date())}, {at:%H:%M}"


def number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def decimal(value: float) -> str:
    """One place: `1,5`."""
    return f"{value:,.1f}".translate(str.maketrans(",.", ".,"))


def money(minor: int, decimals: int, word: str) -> str:
    whole, part = divmod(minor, 10**decimals)
    text = number(whole) + (f",{part:0{decimals}d}" if decimals else "")
    return f"{text} {word}"


_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_AFTER_TENS = {1: "mốt", 4: "tư", 5: "lăm"}


def date_in_words(day: date) -> str:
    month = "tư" if day.month == 4 else _below_hundred(day.month)  # noqa: PLR2004
    return f"Ngày {_below_hundred(day.day)}, tháng {month}, năm {_year(day.year)}"


def _below_hundred(number: int) -> str:
    tens, unit = divmod(number, 10)
    if tens == 0:
        return _DIGITS[unit]
    if tens == 1:
        return "mười" + {0: "", 5: " lăm"}.get(unit, f" {_DIGITS[unit]}")
    return f"{_DIGITS[tens]} mươi" + ("" if unit == 0 else f" {_AFTER_TENS.get(unit, _DIGITS[unit])}")


def _year(year: int) -> str:
    thousands, rest = divmod(year, 1000)
    hundreds, low = divmod(rest, 100)
    words = f"{_DIGITS[thousands]} nghìn"
    if rest == 0:
        return words
    words += f" {_DIGITS[hundreds]} trăm"
    if low == 0:
        return words
    return f"{words} linh {_DIGITS[low]}" if low < 10 else f"{words} {_below_hundred(low)}"  # noqa: PLR2004
