"""What an engineer of a member sees of a service, and what a trial of it came to."""

import msgspec

from dinh.exchange.members import Service


class Allowed(msgspec.Struct, frozen=True):
    """A right that the node's own agency has, by which of its systems. `endpoints` as the right names them; None: the whole service."""

    client: str
    purpose: str
    daily: int | None
    endpoints: list[str] | None


class Offer(msgspec.Struct, frozen=True):
    """`trial` is the service of the sandbox that stands for it; None where no OpenAPI document says what it would answer."""

    service: Service
    place: str
    allowed: list[Allowed]
    trial: Service | None


class Shown(msgspec.Struct, frozen=True):
    """The very bytes that were signed, and what was said about them: `signature` is META-INF/signatures.xml of the container."""

    message: str
    body: str
    signature: str


class Tried(msgspec.Struct, frozen=True):
    """`request` and `response` are None as long as the evidence has no timestamp."""

    message_id: str
    status: int
    milliseconds: int
    body: str
    request: Shown | None = None
    response: Shown | None = None
