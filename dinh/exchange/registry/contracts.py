"""What is registered beside the country's files. Each entry has a kind and a key; a change is a new version of it."""

import hashlib
from datetime import datetime
from typing import Any, ClassVar, Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from dinh.exchange.members import Group, Right, Service, Subscription, Topic
from dinh.kernel.content import Text
from dinh.kernel.errors import Invalid
from dinh.kernel.events import Count, Event, Plain

# Why something is revoked.
Reason = Literal["key_lost", "left", "misuse", "mistake", "superseded"]


class MemberEntry(msgspec.Struct, frozen=True, tag="member", forbid_unknown_fields=True):
    """An agency, or another body, that the country's files do not name. `member_class` of its own where it is no agency."""

    code: str
    name: Text
    member_class: str | None = None

    @property
    def key(self) -> str:
        return self.code


class SubsystemEntry(msgspec.Struct, frozen=True, tag="subsystem", forbid_unknown_fields=True):
    """An information system of a member, beside the platform's own."""

    member: str
    code: str

    @property
    def key(self) -> str:
        return f"{self.member}/{self.code}"


class ServerEntry(msgspec.Struct, frozen=True, tag="server", forbid_unknown_fields=True):
    """A node; one that the country's files name gets its address and certificate from here. `certificate` is that of its listener, in PEM, `before` the one that it follows."""

    code: str
    operator: str
    url: str
    agencies: list[str]
    certificate: str | None = None
    before: str | None = None

    @property
    def key(self) -> str:
        return self.code


class CertificateEntry(msgspec.Struct, frozen=True, tag="certificate", forbid_unknown_fields=True):
    """With which a member signs, in PEM. A member may have several."""

    member: str
    pem: str

    @property
    def key(self) -> str:
        return fingerprint(self.pem)


class ServiceEntry(msgspec.Struct, frozen=True, tag="service", forbid_unknown_fields=True):
    """Of a registered subsystem. Its rights are entries of their own, and `openapi` is the SHA-256 of a kept document."""

    service: Service

    @property
    def key(self) -> str:
        return service_key(self.service.provider, self.service.subsystem, self.service.code)


class GroupEntry(msgspec.Struct, frozen=True, tag="group", forbid_unknown_fields=True):
    group: Group

    @property
    def key(self) -> str:
        return self.group.code


class RightEntry(msgspec.Struct, frozen=True, tag="right", forbid_unknown_fields=True):
    """`code` tells rights to one service apart. `subsystem` is None, and `provider` as the files write it, for a service of the platform's own."""

    provider: str
    subsystem: str | None
    service: str
    code: str
    right: Right

    @property
    def key(self) -> str:
        return f"{service_key(self.provider, self.subsystem, self.service)}/{self.code}"


class TopicEntry(msgspec.Struct, frozen=True, tag="topic", forbid_unknown_fields=True):
    """That the country's files do not name. Its subscriptions are entries of their own."""

    topic: Topic

    @property
    def key(self) -> str:
        return self.topic.code


class SubscriptionEntry(msgspec.Struct, frozen=True, tag="subscription", forbid_unknown_fields=True):
    """Who else is told what is published under `topic`, which may be one of the country's files."""

    topic: str
    subscription: Subscription

    @property
    def key(self) -> str:
        return f"{self.topic}/{service_key(self.subscription.subscriber, self.subscription.subsystem, self.subscription.service)}"


class RevocationEntry(msgspec.Struct, frozen=True, tag="revocation", forbid_unknown_fields=True):
    """`of` is the code of a member or server, or the SHA-256 of a certificate. To end it is to take it back."""

    what: Literal["member", "server", "certificate"]
    of: str
    reason: Reason

    @property
    def key(self) -> str:
        return f"{self.what}/{self.of}"


Entry = (
    MemberEntry
    | SubsystemEntry
    | ServerEntry
    | CertificateEntry
    | ServiceEntry
    | GroupEntry
    | RightEntry
    | TopicEntry
    | SubscriptionEntry
    | RevocationEntry
)


def kind_of(entry: Entry) -> str:
    return str(entry.__struct_config__.tag)


def service_key(provider: str, subsystem: str | None, code: str) -> str:
    return f"{provider}/{subsystem or ''}/{code}"


def digest_of(document: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(document.encode()).hexdigest()


def fingerprint(pem: str) -> str:
    """SHA-256 of the DER, in hex. Raises Invalid for what is no certificate."""
    try:
        return x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256()).hex()
    except ValueError as error:
        raise Invalid("exchange.bad_certificate") from error


class Registered(msgspec.Struct, frozen=True):
    """One version of an entry. `ended_at` is None while it stands."""

    kind: str
    key: str
    version: int
    entry: Entry
    made_at: datetime
    made_by: str
    ended_at: datetime | None
    ended_by: str | None


class Published(msgspec.Struct, frozen=True):
    version: int
    digest: str
    made_at: datetime


class Document(msgspec.Struct, frozen=True):
    """A signed document with the mark that its next reader sends back."""

    etag: str
    token: str


class EntryRegistered(Event, frozen=True):
    """`entry` is the key: codes of bodies, systems and services, or the digest of a certificate."""

    type: ClassVar[str] = "exchange:registry:registered"
    kind: Plain
    entry: Plain
    number: Count


class EntryEnded(Event, frozen=True):
    type: ClassVar[str] = "exchange:registry:ended"
    kind: Plain
    entry: Plain
    number: Count


class ConfigurationPublished(Event, frozen=True):
    type: ClassVar[str] = "exchange:configuration:published"
    kind: Plain
    number: Count
    digest: Plain


Operations = dict[str, Any]
