"""How much one address may ask: a bucket of tokens each, in the memory of the process."""

import time
from collections import OrderedDict

from dinh.kernel.errors import TooMany

# Addresses that are remembered; the one that asked longest ago is forgotten, and finds a full bucket again.
MOST_ADDRESSES = 10_000


class Allowance:
    """`burst` at once, then `rate` a second."""

    def __init__(self, burst: int, rate: float) -> None:
        self._burst, self._rate = burst, rate
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str, now: float | None = None) -> None:
        """One token. Raises TooMany, whose `retry_after` is when there is one again."""
        now = time.monotonic() if now is None else now
        left, since = self._left.pop(address, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._rate)
        self._left[address] = max(left - 1, 0.0) if left >= 1 else left, now
        if len(self._left) > MOST_ADDRESSES:
            self._left.popitem(last=False)
        if left < 1:
            raise TooMany("exchange.too_many_asked", retry_after=max(1, -int(-(1 - left) // self._rate)))
