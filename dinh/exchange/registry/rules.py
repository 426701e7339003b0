"""The configuration that follows from the country's files and the entries of the registry."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from dinh.exchange.members import (
    Configuration,
    ExchangeFile,
    Group,
    Member,
    Revocations,
    Right,
    Server,
    Service,
    SigningCertificate,
    Subscription,
    Topic,
    is_part,
    matches,
    right_of,
)
from dinh.exchange.registry.contracts import (
    CertificateEntry,
    Entry,
    GroupEntry,
    MemberEntry,
    RevocationEntry,
    RightEntry,
    ServerEntry,
    ServiceEntry,
    SubscriptionEntry,
    SubsystemEntry,
    TopicEntry,
    digest_of,
    fingerprint,
    service_key,
)  # fmt: skip
from dinh.kernel.errors import NotFound

# Purpose of trials, and the group of those who may make them. A node never calls the address: the sandbox answers before.
SANDBOX, NOWHERE = "sandbox", "http://sandbox.invalid"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Land(msgspec.Struct, frozen=True):
    """What the country's files say: its policy, the agencies that some node hosts, the nodes and the services."""

    policy: ExchangeFile
    members: list[Member]
    servers: list[Server]
    services: list[Service]
    topics: list[Topic] = []


class Ledger:
    """The country's files and the standing entries together, by what they are called."""

    def __init__(self, land: Land, entries: Iterable[Entry]) -> None:
        found = list(entries)
        self.land, self.policy = land, land.policy
        self._subsystems = [one for one in found if isinstance(one, SubsystemEntry)]
        more = [Member(one.code, one.member_class or self.policy.member_class, one.name) for one in found if isinstance(one, MemberEntry)]
        self.members = {one.code: self._with_subsystems(one) for one in [*more, *land.members]}
        self.servers = {one.code: one for one in land.servers}
        self.servers |= {one.code: self._server(one) for one in found if isinstance(one, ServerEntry)}
        self.groups = {one.group.code: one.group for one in found if isinstance(one, GroupEntry)} | {one.code: one for one in land.policy.groups}
        self._rights = sorted((one for one in found if isinstance(one, RightEntry)), key=lambda one: one.key)
        self.topics = {one.code: one for one in [*(one.topic for one in found if isinstance(one, TopicEntry)), *land.topics]}
        for one in sorted((one for one in found if isinstance(one, SubscriptionEntry) and one.topic in self.topics), key=lambda one: one.key):
            topic = self.topics[one.topic]
            self.topics[one.topic] = msgspec.structs.replace(topic, subscriptions=[*topic.subscriptions, one.subscription])
        every = [*land.services, *(one.service for one in found if isinstance(one, ServiceEntry))]
        self.services = {service_key(one.provider, one.subsystem, one.code): self._with_rights(one) for one in every if self._stands(one)}
        self.certificates = {one.key: one for one in found if isinstance(one, CertificateEntry) and one.member in self.members}
        self.revoked = [one for one in found if isinstance(one, RevocationEntry)]

    def _with_subsystems(self, member: Member) -> Member:
        own = {one.code for one in self._subsystems if one.member == member.code}
        if self.policy.sandbox and self.policy.sandbox.member == member.code:
            own.add(self.policy.sandbox.subsystem)
        return msgspec.structs.replace(member, subsystems=sorted(own))

    def _server(self, entry: ServerEntry) -> Server:
        """A node of the files keeps what they say and gets address, certificate and further agencies."""
        known = self.servers.get(entry.code)
        agencies = [*(known.agencies if known else []), *entry.agencies]
        shown = [fingerprint(one) if one else None for one in (entry.certificate, entry.before)]
        return Server(entry.code, entry.operator, entry.url, agencies, *shown)

    def _stands(self, service: Service) -> bool:
        """A registered service goes with its member and subsystem."""
        member = self.members.get(service.provider)
        return service.subsystem is None or (member is not None and service.subsystem in member.subsystems)

    def _with_rights(self, service: Service) -> Service:
        key = (service.provider, service.subsystem, service.code)
        more = [one.right for one in self._rights if (one.provider, one.subsystem, one.service) == key]
        more += [right_of(topic, one) for topic in self.topics.values() for one in topic.subscriptions if _is_at(one, service)]
        return msgspec.structs.replace(service, rights=[*service.rights, *more]) if more else service

    def member(self, code: str) -> Member:
        found = self.members.get(code)
        if found is None:
            raise NotFound("exchange.no_member", client=code)
        return found

    def service(self, provider: str, subsystem: str | None, code: str) -> Service:
        found = self.services.get(service_key(provider, subsystem, code))
        if found is None:
            raise NotFound("exchange.no_service", service=code)
        return found


def _is_at(subscription: Subscription, service: Service) -> bool:
    return (subscription.subsystem, subscription.service) == (service.subsystem, service.code) and matches(service.provider, subscription.subscriber)


def configuration(ledger: Ledger, authorities: list[str], timestampers: list[str]) -> Configuration:
    """Its content, always in the same order; version and times are put in as it is signed."""
    return Configuration(
        instance=ledger.policy.instance, version=0, made_at=NEVER, valid_until=NEVER, member_class=ledger.policy.member_class,
        subsystem=ledger.policy.subsystem,
        members=[one for _, one in sorted(ledger.members.items())],
        servers=[one for _, one in sorted(ledger.servers.items())],
        certificates=[SigningCertificate(one.member, one.pem) for one in sorted(ledger.certificates.values(), key=lambda one: (one.member, one.key))],
        authorities=sorted(authorities), timestampers=sorted(timestampers),
        services=[one for _, one in sorted(ledger.services.items())] + trials(ledger),
        groups=[one for _, one in sorted(ledger.groups.items())] + testers(ledger),
        sandbox=ledger.policy.sandbox,
        topics=[one for _, one in sorted(ledger.topics.items())],
    )  # fmt: skip


def trial_code(service: Service) -> str:
    """What the sandbox calls the trial of a service: never two alike. The first two names have no dots of their own, so the rest is the service's code; a
    name that would be too long has no dot at all.
    """
    names = [name.replace("=", "=3D").replace(".", "=2E") for name in (service.provider, service.subsystem or "")]
    whole = ".".join([*names, service.code])
    return whole if is_part(whole) else f"={hashlib.sha256(whole.encode()).hexdigest()}"


def trials(ledger: Ledger) -> list[Service]:
    """Of every member's own service with a document: the same endpoints, offered to everyone by the sandbox, which answers by the document's examples."""
    sandbox = ledger.policy.sandbox
    if sandbox is None or sandbox.member not in ledger.members:
        return []
    right = Right(purpose=SANDBOX, title=sandbox.title, basis=sandbox.basis, ref=sandbox.ref, assurance=0, groups=[SANDBOX], daily=sandbox.daily)
    return [
        Service(
            code=trial_code(one), provider=sandbox.member, kind="ask", title=one.title, rights=[right], subsystem=sandbox.subsystem, url=NOWHERE,
            openapi=one.openapi, endpoints=one.endpoints,
        )
        for _, one in sorted(ledger.services.items())
        if one.kind == "ask" and one.subsystem and one.openapi and one.provider != sandbox.member
    ]  # fmt: skip


def testers(ledger: Ledger) -> list[Group]:
    """Everyone, by any of their systems."""
    sandbox = ledger.policy.sandbox
    if sandbox is None:
        return []
    instance = ledger.policy.instance
    named = [f"SUBSYSTEM:{instance}/{one.member_class}/{one.code}/{system}" for _, one in sorted(ledger.members.items()) for system in one.subsystems]
    return [Group(SANDBOX, sandbox.title, ["*", *named])]


def revocations(ledger: Ledger) -> Revocations:
    by = {what: sorted(one.of for one in ledger.revoked if one.what == what) for what in ("certificate", "member", "server")}
    return Revocations(
        instance=ledger.policy.instance, version=0, made_at=NEVER, valid_until=NEVER, most_until=NEVER,
        certificates=by["certificate"], members=by["member"], servers=by["server"],
    )  # fmt: skip


def content_digest(document: Configuration | Revocations) -> str:
    return digest_of(encoded(document).decode())


def encoded(document: Configuration | Revocations) -> bytes:
    """The same bytes for the same content."""
    return msgspec.json.encode(document, order="deterministic")
