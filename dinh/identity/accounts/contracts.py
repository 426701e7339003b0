"""An account, and the events of its use."""

from typing import ClassVar
from uuid import UUID

import msgspec

from dinh.kernel.events import Count, Event, Plain, Reference


class Account(msgspec.Struct, frozen=True):
    """`person` is the register's opaque reference, learnt at enrolment. The personal number is kept only as a keyed hash."""

    id: UUID
    person: str
    password_hash: str
    totp_secret: bytes
    identity_level: int


class Passed(msgspec.Struct, frozen=True):
    """Both steps are done: the new session's secret and where to go."""

    secret: str
    next: str


class AccountOpened(Event, frozen=True):
    type: ClassVar[str] = "identity:account:opened"
    person: Reference
    level: Count


class SignedInByFactors(Event, frozen=True):
    type: ClassVar[str] = "identity:account:signed_in"
    person: Reference
    acr: Plain


class SignInRefused(Event, frozen=True):
    """`account` is a keyed hash, so that attempts on one account can be counted without naming it."""

    type: ClassVar[str] = "identity:account:refused"
    account: Plain
    step: Plain


class ConfirmedByFactor(Event, frozen=True):
    """A person confirmed one decision with a factor of their own."""

    type: ClassVar[str] = "identity:decision:confirmed"
    person: Reference
    decision: Plain
