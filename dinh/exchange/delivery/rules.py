"""When to try again."""

from datetime import timedelta

LONGEST = timedelta(hours=1)


def wait_after(attempts: int) -> timedelta:
    """Doubling from two seconds, an hour at most. It never gives up: an operator sees what waits."""
    return min(timedelta(seconds=2 ** min(attempts, 12)), LONGEST)
