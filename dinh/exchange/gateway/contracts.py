"""What travels between members."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

import msgspec

from dinh.kernel.events import Event, Plain


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """`client` asks `provider`. `purpose` names the right that allows it; `case` ties it to what it is for."""

    service: str
    client: str
    provider: str
    purpose: str
    body: dict[str, Any]
    case: str | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`subjects` are the persons whose data the answer tells: each of them will see this access."""

    body: dict[str, Any]
    subjects: list[str] = []
    at: datetime | None = None
    source: str | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The signed content. `answers` ties a reply to its question; `refusal` is the key of a refusal.

    `person` acts, for `on_behalf_of` under a `mandate` where there is one. New fields come last: a node of the version before reads the rest.
    """

    id: UUID
    kind: Literal["ask", "tell", "answer", "refusal"]
    sender: str
    receiver: str
    service: str
    purpose: str
    sent_at: datetime
    body: bytes
    case: str | None = None
    person: str | None = None
    post: str | None = None
    assurance: int = 0
    answers: UUID | None = None
    refusal: str | None = None
    on_behalf_of: str | None = None
    mandate: str | None = None


class Packet(msgspec.Struct, frozen=True, array_like=True):
    """A message as bytes with the sender's signature over exactly these bytes."""

    message: bytes
    algorithm: str
    signature: bytes


class Asked(Event, frozen=True):
    """One exchange, as each side records it: the hashes bind both to the same bytes."""

    type: ClassVar[str] = "exchange:message:exchanged"
    message: Plain
    service: Plain
    client: Plain
    provider: Plain
    purpose: Plain
    request_hash: Plain
    answer_hash: Plain
    refusal: Plain = ""
