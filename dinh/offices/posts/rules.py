"""Who may do what, from dated grants."""

from collections.abc import Iterable
from datetime import date

from dinh.offices.posts.contracts import Grant, PostTemplate


def allows(grants: Iterable[Grant], duty: str, procedure: str, day: date) -> bool:
    return any(grant.covers(duty, procedure, day) for grant in grants)


def first_with(posts: Iterable[PostTemplate], duty: str, procedure: str, day: date) -> str | None:
    """The code of the first post, in order of codes, whose grants give the duty."""
    return next((post.code for post in sorted(posts, key=lambda post: post.code) if allows(post.grants, duty, procedure, day)), None)


def duties(grants: Iterable[Grant], day: date) -> tuple[str, ...]:
    """Every duty that some grant gives on that day."""
    return tuple(sorted({grant.duty for grant in grants if grant.valid_from <= day and (grant.until is None or day < grant.until)}))
