"""Money in integer minor units. The currency and its number of decimals come from the country's data."""

import msgspec

from dinh.kernel.content import Text


class Currency(msgspec.Struct, frozen=True):
    """`decimals` by ISO 4217 (0 for currencies without a minor unit); `word` is what amounts are written with."""

    code: str
    decimals: int
    word: Text


class Money(msgspec.Struct, frozen=True, order=True):
    """`minor` counts the smallest unit. Adding two currencies raises ValueError."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            message = f"cannot add {other.currency} to {self.currency}"
            raise ValueError(message)
        return Money(self.minor + other.minor, self.currency)
