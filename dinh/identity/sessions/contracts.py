"""What a relying party knows about its issuer and its visitors."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from dinh.kernel.events import Count, Event, Reference
from dinh.trust import Key


class Party(msgspec.Struct, frozen=True):
    node: str
    origin: str
    client_id: str
    issuer: str
    key: Key

    @property
    def callback(self) -> str:
        return f"{self.origin}/session/callback"


class Departure(msgspec.Struct, frozen=True):
    """What we have to remember while the person is at the issuer."""

    state: str
    nonce: str
    verifier: str
    next: str


class Arrival(msgspec.Struct, frozen=True):
    """A person the issuer has vouched for."""

    sub: str
    acr: str
    auth_time: int
    id_token: str


class Session(msgspec.Struct, frozen=True):
    person: str
    assurance: int
    authenticated_at: datetime
    idle_until: datetime
    mandate: UUID | None = None
    mandate_of: bytes | None = None


class Reach(msgspec.Struct, frozen=True):
    """What the mandate of a session reaches to, as long as it holds."""

    represented: str
    parts: list[str]
    procedures: list[str]
    basis: str


class SignInError(Exception):
    """The issuer's answer cannot be accepted; the reason goes to the log, not to the page."""


class SessionOpened(Event, frozen=True):
    type: ClassVar[str] = "identity:session:opened"
    person: Reference
    assurance: Count
