"""When to try again."""

from datetime import timedelta

LONGEST = timedelta(hours=1)


def wait_after(attempts: int, least: int = 0) -> timedelta:
    """Doubling from two seconds, an hour at most; `least` seconds are what the receiver asks for."""
    return max(min(timedelta(seconds=2 ** min(attempts, 12)), LONGEST), timedelta(seconds=least))
