"""How old an event may be to be news."""

from datetime import datetime, timedelta

# A reader that starts late, or anew, tells nobody of last year.
NEWS = timedelta(days=30)
# And it sends nothing that has long been seen.
FRESH = timedelta(days=3)
PAGE = 30


def is_news(recorded_at: datetime, now: datetime) -> bool:
    return now - recorded_at < NEWS


def is_fresh(recorded_at: datetime, now: datetime) -> bool:
    return now - recorded_at < FRESH
