"""Words of the rooms and of the country, by key and language. A key is `room.name`; plural forms are `name.one`, `name.other`."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from dinh.kernel import content, languages
from dinh.kernel.country import Country
from dinh.kernel.money import Money

# What a date of reduced precision lacks: `2026`, `2026-11`.
_BEGINS = {4: "-01-01", 7: "-01"}
# Of a refusal that was kept by its key alone.
_UNTOLD = dict.fromkeys(("client", "field", "instance", "limit", "most", "name", "node", "service", "topic"), "…")


class Texts:
    """All words of one node. A missing key raises KeyError: the walls find it before a person does."""

    def __init__(self, country: Country) -> None:
        self.country = country
        self._words: dict[str, dict[str, str]] = {language: {} for language in country.languages}

    def add(self, room: str, folder: Path) -> None:
        """Read `folder/<language>.yaml`: one flat mapping of key to text."""
        for language in self.country.languages:
            path = folder / f"{language}.yaml"
            if path.exists():
                self._words[language].update({f"{room}.{key}": text for key, text in content.read(path, dict[str, str]).items()})

    def word(self, language: str, key: str, **params: Any) -> str:
        words = self._words[language]
        if "n" in params:
            key = f"{key}.one" if params["n"] == 1 and f"{key}.one" in words else f"{key}.other"
        text = words[key]
        return text.format_map(params) if params else text

    def keys(self, language: str) -> set[str]:
        return set(self._words[language])

    def speaker(self, language: str) -> "Speaker":
        return Speaker(self, language if language in self._words else self.country.languages[0])


class Speaker:
    """Speaks one language: `say(key, **params)`, names from country data, dates on the country's clocks."""

    def __init__(self, texts: Texts, language: str) -> None:
        self.language = language
        self.country = texts.country
        self.say: Callable[..., str] = lambda key, **params: texts.word(language, key, **params)
        self._own = languages.of(language)

    def pick(self, text: dict[str, str]) -> str:
        """A country file's text in this language, in the country's first, or in the one that there is: what others register may lack both."""
        return text.get(self.language) or text.get(self.country.languages[0]) or next(iter(text.values()))

    def refusal(self, key: str) -> str:
        """What was refused, where only the key was kept. Another node may refuse with words that this one does not know: then the key."""
        try:
            return self.say(key, **_UNTOLD)
        except (KeyError, IndexError):
            return key

    def long_date(self, day: date | datetime) -> str:
        return self._own.long_date(self.day(day))

    def short_date(self, day: date | datetime) -> str:
        return self._own.short_date(self.day(day))

    def partial_date(self, value: str) -> str:
        """ISO 8601 with perhaps only a year, or a month and year; what is no date stays as it was typed."""
        try:
            day = date.fromisoformat(value + _BEGINS.get(len(value), ""))
        except ValueError:
            return value
        return value if len(value) == 4 else self._own.month(day) if len(value) == 7 else self._own.short_date(day)  # noqa: PLR2004 - YYYY, YYYY-MM

    def moment(self, at: datetime) -> str:
        return self._own.moment(self.country.local(at))

    def date_in_words(self, day: date) -> str:
        return self._own.date_in_words(day)

    def number(self, value: int) -> str:
        return self._own.number(value)

    def decimal(self, value: float) -> str:
        return self._own.decimal(value)

    def money(self, amount: Money) -> str:
        currency = self.country.currency
        return self._own.money(amount.minor, currency.decimals, self.pick(currency.word))

    def day(self, day: date | datetime) -> date:
        """The day itself, or the day of a moment on the country's clocks."""
        return self.country.local_date(day) if isinstance(day, datetime) else day
