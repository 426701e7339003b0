"""When to try again, and when to stop."""

from datetime import datetime, timedelta

LONGEST = timedelta(hours=1)


def wait_after(attempts: int) -> timedelta:
    """Doubling from a quarter of a minute, an hour at most."""
    return min(timedelta(seconds=15 << min(max(attempts - 1, 0), 10)), LONGEST)


def is_over(expires_at: datetime, next_try: datetime) -> bool:
    """The next attempt would come too late."""
    return next_try >= expires_at
