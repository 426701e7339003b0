"""What an operator is told of a node, and the events of what they do. Nothing here names a person, a case or an address."""

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from dinh.app.certificates import Known
from dinh.exchange import Doubts, Outbox, State
from dinh.kernel.events import Count, Event, Plain, Reference, Sealing
from dinh.kernel.jobs import Backlog, Held
from dinh.kernel.metrics import Timing
from dinh.trust import Expiry

Level = Literal["warning", "bad"]
# Why an operator puts a held job aside.
Reason = Literal["done_otherwise", "not_needed", "waits_for_fix"]


class Mark(msgspec.Struct, frozen=True):
    """The last time that something was done. `amount` is what it came to: bytes of a backup, events verified, rounds of a loop."""

    name: str
    at: datetime
    outcome: str
    amount: int = 0


class Aside(msgspec.Struct, frozen=True):
    job: int
    reason: str
    at: datetime


class Operator(msgspec.Struct, frozen=True):
    person: str
    since: datetime


class Disk(msgspec.Struct, frozen=True):
    """`place` is `home` or `database`."""

    place: str
    free: int
    total: int


class Database(msgspec.Struct, frozen=True):
    """`longest` is how many seconds the oldest open transaction of the application has lasted."""

    version: str
    size: int
    connections: int
    most: int
    longest: float
    applied: int
    pending: list[str]


class About(msgspec.Struct, frozen=True):
    mode: str
    version: str
    commit: str | None
    schema: str
    python: str
    country: str
    clock_offset: int


class Need(msgspec.Struct, frozen=True):
    """One thing that needs the operator: `key` is the sentence's text, `part` the section that shows it."""

    level: Level
    part: str
    key: str
    params: dict[str, int] = {}


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is so, at `at`. `loops` are the worker's marks; `signer` is whether the signer answers;
    `ending` are certificates that end within a month; `renewals` are those that joined nodes have asked this one for; `held_documents` are the registry's, as this node holds them.
    """

    at: datetime
    node: str
    about: About
    jobs: Backlog
    aside: list[Aside]
    outbox: Outbox | None
    seals: Sealing
    verified: Mark | None
    backup: Mark | None
    certificates: list[Expiry]
    signer: bool
    disks: list[Disk]
    database: Database
    loops: list[Mark]
    ending: list[Known] = []
    held_documents: list[State] = []
    renewals: int = 0
    doubts: Doubts | None = None
    slowest: list[Timing]

    @property
    def held(self) -> list[Held]:
        """Held jobs that nobody has put aside."""
        known = {one.job for one in self.aside}
        return [job for job in self.jobs.held if job.id not in known]


class Health(msgspec.Struct, frozen=True):
    """`status` is `ok`, or the worst of what is needed."""

    status: str
    needs: list[Need]
    facts: Facts


class OperatorEntrusted(Event, frozen=True):
    """A person may operate this node from now on."""

    type: ClassVar[str] = "app:operator:entrusted"
    person: Reference


class OperatorRelieved(Event, frozen=True):
    type: ClassVar[str] = "app:operator:relieved"
    person: Reference


class JobReleased(Event, frozen=True):
    type: ClassVar[str] = "app:job:released"
    job: Plain
    number: Count


class JobPutAside(Event, frozen=True):
    type: ClassVar[str] = "app:job:put_aside"
    job: Plain
    number: Count
    reason: Plain


class OutboxRetried(Event, frozen=True):
    type: ClassVar[str] = "app:outbox:retried"
    messages: Count


class VerificationAsked(Event, frozen=True):
    type: ClassVar[str] = "app:seals:verification_asked"
