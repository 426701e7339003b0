"""Posts as data, grants of authority, and the event of an appointment."""

from datetime import date
from typing import ClassVar

import msgspec

from dinh.kernel.content import Text
from dinh.kernel.events import Day, Event, Plain, Reference


class Grant(msgspec.Struct, frozen=True, rename={"valid_from": "from"}, forbid_unknown_fields=True):
    """A duty (`handle`, `decide`, `oversee`, `keep`) for some procedures or registers (`*`: all), from a day until the day before `until`."""

    duty: str
    procedures: list[str]
    valid_from: date
    ref: str
    until: date | None = None

    def covers(self, duty: str, procedure: str, day: date) -> bool:
        in_time = self.valid_from <= day and (self.until is None or day < self.until)
        return in_time and self.duty == duty and ("*" in self.procedures or procedure in self.procedures)


class PostTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    title: Text
    grants: list[Grant]


class PostFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The posts of every unit whose own agency is of this `level`, or those of the `agencies` named, which need no unit. The codes of
    posts differ from file to file.
    """

    posts: list[PostTemplate]
    level: str | None = None
    agencies: list[str] = []

    def __post_init__(self) -> None:
        if (self.level is None) == (not self.agencies):
            raise ValueError("either `level` or `agencies`")


class Post(msgspec.Struct, frozen=True):
    """`code` is `<unit>.<template>`, or `<agency>.<template>`: it says whose post it is without a name.

    The unit of an agency's own post is `agency:<code>`, which no territory can have.
    """

    code: str
    unit: str
    agency: str
    template: str


class Holding(msgspec.Struct, frozen=True):
    post: Post
    person: str
    since: date


class Appointed(Event, frozen=True):
    """A person took a post."""

    type: ClassVar[str] = "offices:post:appointed"
    post: Plain
    unit: Plain
    person: Reference
    since: Day
