"""Intervals of a case's way, and what is counted over them."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from dinh.cases.clocks import Calendar

StageName = Literal["acceptance", "handling", "decision", "carrying_out", "paused"]
# In the order in which a case goes through them; `paused` is the applicant's, and counts for nobody.
WAY: tuple[StageName, ...] = ("acceptance", "handling", "decision", "carrying_out")
# Holders that are no post.
APPLICANT, PLATFORM = "applicant", "platform"


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One interval. `post` has the case in it; `handler` is whom it comes back to. Open while `ended_at` is None.

    `..._work` is the moment in working minutes since the calendar began.
    """

    case_code: str
    number: int
    unit: str
    procedure: str
    calendar: str
    stage: StageName
    post: str
    handler: str
    due_on: date
    due_work: int
    started_at: datetime
    started_work: int
    ended_at: datetime | None = None
    minutes: int | None = None


class Happened(msgspec.Struct, frozen=True):
    """What the fold reads of an event: its kind's last word, the instant on the country's clocks, the acting post, the payload."""

    action: str
    case_code: str
    at: datetime
    post: str
    payload: dict[str, Any]


class Ground(msgspec.Struct, frozen=True):
    """What the country says: the calendar of a procedure on a day, calendars by name, the post that a unit has for a duty."""

    calendar_for: Callable[[str, date], Calendar]
    calendar: Callable[[str], Calendar]
    responsible: Callable[[str, str, str, date], str]


class Ending(msgspec.Struct, frozen=True):
    unit: str
    on: date
    on_time: bool


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The open cases that one post has in one stage, now. Minutes are working time: waiting in the stage, and past the due day."""

    unit: str
    stage: StageName
    post: str
    cases: int
    late: int
    waiting: int
    lateness: int
    at_risk: int


class UnitLoad(msgspec.Struct, frozen=True):
    unit: str
    cases: int
    late: int
    at_risk: int
    lateness: int


class Week(msgspec.Struct, frozen=True):
    """`first` is its Monday."""

    first: date
    received: int
    ended: int
    on_time: int


class Pace(msgspec.Struct, frozen=True):
    """The usual working time of a stage of one procedure, and how many intervals it is the median of."""

    procedure: str
    stage: StageName
    minutes: int
    intervals: int


class Held(msgspec.Struct, frozen=True):
    """An open case, by its code only."""

    case_code: str
    unit: str
    procedure: str
    calendar: str
    stage: StageName
    post: str
    due_on: date
    started_at: datetime
