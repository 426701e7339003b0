"""One exchange as a node keeps it: both messages, the batches that they were signed in, and whom they told about."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from dinh.exchange.accesslog import Access
from dinh.exchange.links import Signed
from dinh.exchange.metering import Use
from dinh.kernel.events import Count, Day, Event, Plain

Side = Literal["client", "provider"]


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """As X-Road's operational monitoring counts them, on this node."""

    request_in: datetime
    request_out: datetime
    response_in: datetime
    response_out: datetime


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is X-Road-Request-Id, `message_id` X-Road-Id. `client` and `provider` are member codes, their subsystems None for the platform's own.

    `use` is the line of the meter, at the provider and for what a right allows; `over`: the day's limit was reached.
    """

    id: UUID
    side: Side
    kind: str
    message_id: str
    service: str
    client: str
    provider: str
    purpose: str
    case: str | None
    status: int
    refusal: str
    times: Times
    request: Signed
    answer: Signed
    client_subsystem: str | None = None
    provider_subsystem: str | None = None
    accesses: list[Access] = []
    use: Use | None = None
    over: bool = False
    method: str = "POST"


class Kept(msgspec.Struct, frozen=True):
    """A call as it is written down: digests of both messages, and their content under the key of its month."""

    call: Call
    request_digests: bytes
    answer_digests: bytes
    month: date
    key: UUID
    sealed: bytes


class Asked(Event, frozen=True):
    """Written by releases that kept each exchange by itself; still read."""

    type: ClassVar[str] = "exchange:message:exchanged"
    message: Plain
    service: Plain
    client: Plain
    provider: Plain
    purpose: Plain
    request_hash: Plain
    answer_hash: Plain
    refusal: Plain = ""


class EvidenceKept(Event, frozen=True):
    """Seals all batches that were kept in one transaction: `root` (hex) is that of the hash tree over their roots, in the order of `batch.place`."""

    type: ClassVar[str] = "exchange:evidence:kept"
    root: Plain
    batches: Count
    calls: Count


class ContentDisposed(Event, frozen=True):
    """The content of a month is gone; its evidence stays."""

    type: ClassVar[str] = "exchange:content:disposed"
    month: Day
