"""A question, its answer, and what a message's headers say of either."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from dinh.exchange import paths
from dinh.exchange.paths import Path

Kind = Literal["ask", "tell"]
ROOT = paths.read(b"")


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """`client` asks `provider`. `purpose` names the right that allows it; `case` ties it to what it is for, `order` to the one under which it is shown later."""

    service: str
    client: str
    provider: str
    purpose: str
    body: dict[str, Any]
    case: str | None = None
    order: str | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`subjects` are the persons whose data the answer tells: each of them will see this access."""

    body: dict[str, Any]
    subjects: list[str] = []
    at: datetime | None = None
    source: str | None = None


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says of itself. `message_id` stays the same when a told message is sent again, `id` does not.

    Subsystems are None for the platform's own. `path` is what stands below the service, with the very bytes that are forwarded.
    `order` is the number of the order under which its person sees it later. `person` acts, for `on_behalf_of` under a `mandate` where there is one. `legal_basis` is that of the right as the client knows it.
    """

    id: UUID
    message_id: str
    kind: Kind
    client: str
    provider: str
    service: str
    purpose: str
    sent_at: datetime
    legal_basis: str = ""
    client_subsystem: str | None = None
    provider_subsystem: str | None = None
    method: str = "POST"
    path: Path = ROOT
    case: str | None = None
    person: str | None = None
    post: str | None = None
    assurance: int = 0
    on_behalf_of: str | None = None
    mandate: str | None = None
    order: str | None = None


class Held(msgspec.Struct, frozen=True):
    """A told message that was held for a provider's own system before. Neither processed nor refused: it waits. `whom`: a digest of the persons whose logs
    say it.
    """

    sent_at: datetime
    processed_at: datetime | None
    refused_at: datetime | None
    refusal: str | None
    whom: bytes | None


class Refusal(msgspec.Struct, frozen=True):
    """The body of an answer that refuses: the name of the error's class and the parameters of its text."""

    error: str
    params: dict[str, Any] = {}
