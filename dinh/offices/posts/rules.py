"""Who may do what, from dated grants."""

from collections.abc import Iterable
from datetime import date

from dinh.offices.posts.contracts import Grant


def allows(grants: Iterable[Grant], duty: str, procedure: str, day: date) -> bool:
    return any(grant.covers(duty, procedure, day) for grant in grants)


def duties(grants: Iterable[Grant], day: date) -> tuple[str, ...]:
    """Every duty that some grant gives on that day."""
    return tuple(sorted({grant.duty for grant in grants if grant.valid_from <= day and (grant.until is None or day < grant.until)}))
