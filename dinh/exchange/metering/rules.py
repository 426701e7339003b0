"""Days and limits."""

from datetime import date, datetime, time, timedelta, tzinfo

import msgspec

DAY_SECONDS = 86400


class Day(msgspec.Struct, frozen=True):
    """A day on the country's calendar: from `start` to before `end`."""

    date: date
    start: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def seconds_left(self, at: datetime) -> int:
        """Rounded up: who comes back then finds the next day."""
        return max(1, -int((at - self.end).total_seconds() // 1))


def day_of(at: datetime, zone: tzinfo) -> Day:
    today = at.astimezone(zone).date()
    start, end = (datetime.combine(day, time.min, zone) for day in (today, today + timedelta(days=1)))
    return Day(today, start, end)


def headers(limit: int, left: int, seconds: int) -> tuple[tuple[str, str], ...]:
    """Of draft-ietf-httpapi-ratelimit-headers-10: the quota and its window, what is left of it and for how many seconds."""
    return ("RateLimit-Policy", f'"daily";q={limit};w={DAY_SECONDS}'), ("RateLimit", f'"daily";r={left};t={seconds}')
