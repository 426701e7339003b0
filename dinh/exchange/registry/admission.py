"""What may be registered. Default is no: a name must be known, free of doubt, and not the country's own."""

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec
from cryptography import x509
from cryptography.x509.oid import NameOID

from dinh.exchange.members import is_client, is_part, plain_url, read_text, right_faults, service_faults, subscription_faults, topic_faults, unlogged
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
    fingerprint,
    kind_of,
    service_key,
)
from dinh.exchange.registry.rules import SANDBOX, Ledger
from dinh.kernel import log
from dinh.kernel.errors import Invalid, NotFound
from dinh.trust import Untrusted, check_issued

_log = log.get("exchange")
NAME_LETTERS = 400
# Where a certificate says whose it is: X-Road's profile, and eIDAS's for organisations.
OWNER = (NameOID.SERIAL_NUMBER, NameOID.ORGANIZATION_IDENTIFIER)


class Admission:
    """Against the ledger of this moment. `authorities` are whose certificates count."""

    def __init__(self, ledger: Ledger, authorities: list[x509.Certificate], now: datetime) -> None:
        self._ledger, self._authorities, self._now = ledger, authorities, now
        self._checks: dict[str, Callable[..., None]] = {
            "member": self._member, "subsystem": self._subsystem, "server": self._server, "certificate": self._certificate,
            "service": self._service, "group": self._group, "right": self._right, "topic": self._topic, "subscription": self._subscription, "revocation": self._revocation,
        }  # fmt: skip

    def check(self, entry: Entry) -> None:
        """Raises Invalid (`exchange.bad_entry`) naming the field that is wrong, NotFound for a name that nobody has."""
        self._checks[kind_of(entry)](entry)

    def _member(self, entry: MemberEntry) -> None:
        _demand("code", is_part(entry.code), all(one.code != entry.code for one in self._ledger.land.members))
        _demand("member_class", entry.member_class is None or is_part(entry.member_class))
        # It goes into XML for X-Road's verifiers, which holds no control characters.
        _demand("name", entry.name, all(name.isprintable() and 0 < len(name) <= NAME_LETTERS for name in entry.name.values()))

    def _subsystem(self, entry: SubsystemEntry) -> None:
        self._ledger.member(entry.member)
        _demand("code", is_part(entry.code), entry.code != self._ledger.policy.subsystem)

    def _server(self, entry: ServerEntry) -> None:
        """A node of the country's files keeps its operator; an agency is hosted by one node only."""
        land = {one.code: one for one in self._ledger.land.servers}.get(entry.code)
        _demand("code", is_part(entry.code))
        _demand("operator", self._ledger.member(entry.operator), land is None or land.operator == entry.operator)
        _demand("url", plain_url(entry.url))
        elsewhere = {agency for server in self._ledger.servers.values() if server.code != entry.code for agency in server.agencies}
        _demand("agencies", land or entry.agencies, all(self._ledger.member(one) and one not in elsewhere for one in entry.agencies))
        for certificate in filter(None, (entry.certificate, entry.before)):
            fingerprint(certificate)

    def _certificate(self, entry: CertificateEntry) -> None:
        """In force, of this member, of one of the country's authorities, and for signatures that bind."""
        self._ledger.member(entry.member)
        fingerprint(entry.pem)
        certificate = x509.load_pem_x509_certificate(entry.pem.encode())
        try:
            check_issued(certificate, self._authorities, self._now)
        except Untrusted as error:
            raise _bad("pem") from error
        _demand("pem", any(one.value == entry.member for oid in OWNER for one in certificate.subject.get_attributes_for_oid(oid)))
        _demand("pem", _binds(certificate))

    def _service(self, entry: ServiceEntry) -> None:
        service = entry.service
        known = self._ledger.member(service.provider)
        _demand("subsystem", service.subsystem, service.subsystem in known.subsystems)
        _demand("rights", not service.rights)
        _demand("url", service.url)
        # Rights that stand must still be kept by the version that is coming.
        standing = self._ledger.services.get(service_key(service.provider, service.subsystem, service.code))
        whole = msgspec.structs.replace(service, rights=standing.rights) if standing else service
        _no_faults(service_faults(whole, self._ledger.groups, self._ledger.policy.embargo))

    def _group(self, entry: GroupEntry) -> None:
        _demand(
            "code", is_part(entry.group.code), entry.group.code != SANDBOX, all(one.code != entry.group.code for one in self._ledger.policy.groups)
        )
        _demand("members", all(map(is_client, entry.group.members)))
        self._clients(entry.group.members)

    def _right(self, entry: RightEntry) -> None:
        service = self._ledger.service(entry.provider, entry.subsystem, entry.service)
        _demand("code", is_part(entry.code))
        _no_faults(right_faults(entry.right, service, self._ledger.groups, self._ledger.policy.embargo))
        if unlogged(msgspec.structs.replace(service, rights=[entry.right])):
            _log.warning("service_without_subject", service=service.code)
        self._clients(entry.right.clients)

    def _topic(self, entry: TopicEntry) -> None:
        _demand("code", all(one.code != entry.topic.code for one in self._ledger.land.topics))
        _demand("subscriptions", not entry.topic.subscriptions)
        _no_faults(topic_faults(entry.topic))
        self._clients(entry.topic.publishers)

    def _subscription(self, entry: SubscriptionEntry) -> None:
        """At a service of the subscriber's own that takes messages."""
        topic, one = self._ledger.topics.get(entry.topic), entry.subscription
        if topic is None:
            raise NotFound("exchange.no_topic", topic=entry.topic)
        _demand("service", self._ledger.service(one.subscriber, one.subsystem, one.service).kind == "tell")
        _no_faults(subscription_faults(one, topic))

    def _clients(self, clients: Iterable[str]) -> None:
        """Whoever is named by name is known. Raises NotFound."""
        for client in clients:
            if client.startswith("SUBSYSTEM:"):
                instance, member_class, code, name = read_text(client).parts
                known = self._ledger.member(code)
                if (instance, member_class) != (self._ledger.policy.instance, known.member_class) or name not in known.subsystems:
                    raise NotFound("exchange.no_member", client=client)
            elif not client.endswith("*"):
                self._ledger.member(client)

    def _revocation(self, entry: RevocationEntry) -> None:
        ledger = self._ledger
        if entry.of not in {"member": set(ledger.members), "server": set(ledger.servers), "certificate": set(ledger.certificates)}[entry.what]:
            raise NotFound("exchange.no_member", client=entry.of)


def _demand(field: str, *fine: object) -> None:
    if not all(fine):
        raise _bad(field)


def _no_faults(faults: Iterable[tuple[str, str]]) -> None:
    for field, _ in faults:
        raise _bad(field)


def _bad(field: str) -> Invalid:
    return Invalid("exchange.bad_entry", fields={field: "exchange.bad_entry"}, field=field)


def _binds(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.content_commitment
    except x509.ExtensionNotFound:
        return False
