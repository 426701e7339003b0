"""How much one asker may ask: a bucket of tokens each, in the memory of the process."""

import time
from collections import OrderedDict

# Askers that are remembered; the one that asked longest ago is forgotten, and finds a full bucket again.
MOST_ASKERS = 10_000


class Allowance:
    """`burst` at once, then `rate` a second."""

    def __init__(self, burst: int, rate: float) -> None:
        self._burst, self._rate = burst, rate
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, asker: str, now: float | None = None) -> int:
        """One token: 0; where there is none, in how many seconds there is one again."""
        now = time.monotonic() if now is None else now
        left, since = self._left.pop(asker, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._rate)
        self._left[asker] = max(left - 1, 0.0) if left >= 1 else left, now
        if len(self._left) > MOST_ASKERS:
            self._left.popitem(last=False)
        return 0 if left >= 1 else max(1, -int(-(1 - left) // self._rate))
