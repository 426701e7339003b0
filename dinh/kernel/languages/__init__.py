"""How each language folds, sorts and writes dates and numbers. One module per language code."""

from datetime import date, datetime
from typing import Protocol

from dinh.kernel.languages import en, vi


class Language(Protocol):
    code: str
    own_name: str

    def fold(self, text: str) -> str: ...

    def sort_key(self, text: str) -> str: ...

    def long_date(self, day: date) -> str: ...

    def short_date(self, day: date) -> str: ...

    def month(self, day: date) -> str: ...

    def moment(self, at: datetime) -> str: ...

    def date_in_words(self, day: date) -> str: ...

    def number(self, value: int) -> str: ...

    def decimal(self, value: float) -> str: ...

    def money(self, minor: int, decimals: int, word: str) -> str: ...


KNOWN: dict[str, Language] = {"vi": vi, "en": en}  # type: ignore[dict-item]  # modules satisfy the protocol


def of(code: str) -> Language:
    return KNOWN.get(code, KNOWN["en"])
