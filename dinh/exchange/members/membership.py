"""Who is connected and who may ask for what, as one configuration and one list of revocations say. Built once for each; a look-up costs a dictionary access."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from dinh.exchange import paths
from dinh.exchange.members import identifiers, rules
from dinh.exchange.members.contracts import Configuration, Member, Revocations, Right, Server, Service, Topic
from dinh.exchange.members.names import Names
from dinh.exchange.paths import Path
from dinh.kernel import clock
from dinh.kernel.errors import NotAllowed, NotFound, Unavailable

ROOT = paths.read(b"")


class Membership:
    """`until` is when it may no longer be used: from then on `right` and `permit` raise Unavailable (`exchange.stale`)."""

    def __init__(self, configuration: Configuration, revocations: Revocations | None) -> None:
        self.configuration, self.revocations = configuration, revocations
        self.instance = configuration.instance
        self.names = Names(configuration.instance, configuration.member_class, configuration.subsystem)
        # Without any list nobody knows who was revoked: nothing is used.
        self.until: datetime = min(configuration.valid_until, revocations.most_until) if revocations else configuration.made_at
        self.services = {service.code: service for service in configuration.services if service.subsystem is None}
        self.members = {member.code: member for member in configuration.members}
        self.servers = {server.code: server for server in configuration.servers}
        self.topics = {topic.code: topic for topic in configuration.topics}
        self.groups = {group.code: group for group in configuration.groups}
        self._others = {(service.provider, service.subsystem, service.code): service for service in configuration.services if service.subsystem}
        self._stopped_members = frozenset(revocations.members if revocations else ())
        self._stopped_servers = frozenset(revocations.servers if revocations else ())
        self._stopped_certificates = frozenset(revocations.certificates if revocations else ())
        # What was found once. Only what exists is kept, so that made-up names cannot fill the memory.
        self._rights: dict[tuple[str, str | None, str, str, str | None, str], tuple[Right, ...]] = {}
        self._hosts: dict[str, Server] = {}
        self._active: set[str] = set()
        self._certificates: dict[str, list[x509.Certificate]] = {}

    def service(self, code: str) -> Service:
        """One of the platform's own subsystem. Raises NotFound."""
        found = self.services.get(code)
        if found is None:
            raise NotFound("exchange.no_service", service=code)
        return found

    def service_at(self, provider: str, subsystem: str, code: str) -> Service:
        """As X-Road addresses it: of the platform's own subsystem or of any other. Raises NotFound."""
        found = self.services.get(code) if subsystem == self.configuration.subsystem else self._others.get((provider, subsystem, code))
        if found is None or not rules.matches(found.provider, provider):
            raise NotFound("exchange.no_service", service=code)
        return found

    def services_at(self, provider: str, subsystem: str) -> list[Service]:
        """Everything that this member offers there."""
        own = subsystem == self.configuration.subsystem
        everyone = self.configuration.services
        return [one for one in everyone if (one.subsystem is None if own else one.subsystem == subsystem) and rules.matches(one.provider, provider)]

    def right(self, service: str, client: str, purpose: str, assurance: int, *, later: bool = False) -> Right:
        """To a service of the platform's own subsystem, for an agency by its own. Raises NotAllowed: a member has no right that nobody wrote down."""
        return self.permit(self.service(service), client, purpose, assurance, later=later)

    def permit(
        self, service: Service, client: str, purpose: str, assurance: int,
        *, subsystem: str | None = None, method: str = "POST", path: Path = ROOT, later: bool = False,
    ) -> Right:  # fmt: skip
        """The first right that allows this request. `subsystem` is the client's, None for the platform's own. `later`: the message waits in the
        outbox and is looked at again by whoever receives it, so a configuration that has run out does not stop it from being written down.
        Raises NotAllowed, Unavailable.
        """
        if not later:
            self.check_current()
        for right in self.rights(service, client, purpose, subsystem):
            if assurance >= right.assurance and (right.endpoints is None or paths.covers(right.endpoints, method, path)):
                return right
        raise NotAllowed("exchange.no_right", service=service.code, client=client)

    def rights(self, service: Service, client: str, purpose: str, subsystem: str | None = None) -> tuple[Right, ...]:
        """Those of this client for this purpose, whatever endpoint and assurance they ask for. Raises NotAllowed for a client that was revoked."""
        key = (service.provider, service.subsystem, service.code, client, subsystem, purpose)
        found = self._rights.get(key)
        if found is None:
            self.check_active(client)
            found = rules.rights_of(service, self.groups, client, self._text(client, subsystem), purpose)
            if found:
                self._rights[key] = found
        return found

    def topic(self, code: str, client: str, subsystem: str | None = None) -> Topic:
        """One that this client may publish. Raises NotFound, NotAllowed."""
        found = self.topics.get(code)
        if found is None:
            raise NotFound("exchange.no_topic", topic=code)
        self.check_active(client)
        if not rules.names(found.publishers, client, self._text(client, subsystem)):
            raise NotAllowed("exchange.no_right", service=code, client=client)
        return found

    def purpose(self, service: Service, client: str, subsystem: str | None = None) -> str:
        """The only one that this client may ask the service for. Raises NotAllowed where there is none, or a choice to be made."""
        found = {right.purpose for right in service.rights if self.rights(service, client, right.purpose, subsystem)}
        if len(found) != 1:
            raise NotAllowed("exchange.no_right", service=service.code, client=client)
        return found.pop()

    def _text(self, client: str, subsystem: str | None) -> str | None:
        """None for the platform's own subsystem. Raises NotAllowed for one that the client has not."""
        if subsystem is None or subsystem == self.configuration.subsystem:
            return None
        member = self.members[client]
        if subsystem not in member.subsystems:
            raise NotAllowed("exchange.no_right", service=subsystem, client=client)
        return identifiers.subsystem(self.instance, member.member_class, client, subsystem).text

    def check_current(self) -> None:
        """Raises Unavailable when what this node holds has run out."""
        if clock.now() >= self.until:
            raise Unavailable("exchange.stale")

    def check_provider(self, service: str, agency: str) -> None:
        """Raises NotFound for a member that does not offer it, NotAllowed for one that was revoked."""
        if not rules.matches(self.service(service).provider, agency):
            raise NotFound("exchange.no_service", service=service)
        self.check_active(agency)

    def check_active(self, agency: str) -> None:
        """A member whose node and self are in good standing. Raises NotAllowed."""
        if agency in self._active:
            return
        if agency not in self.members:
            raise NotAllowed("exchange.no_member", client=agency)
        if agency in self._stopped_members or self.node_of(agency).code in self._stopped_servers:
            raise NotAllowed("exchange.revoked", client=agency)
        self._active.add(agency)

    def check_server(self, code: str) -> Server:
        """A node that is registered and not revoked. Raises NotAllowed."""
        found = self.servers.get(code)
        if found is None or code in self._stopped_servers:
            raise NotAllowed("exchange.revoked" if found else "exchange.no_member", client=code)
        return found

    def member(self, code: str) -> Member:
        found = self.members.get(code)
        if found is None:
            raise NotFound("exchange.no_member", client=code)
        return found

    def node_of(self, agency: str) -> Server:
        """The node that hosts an agency. The most exact entry wins."""
        found = self._hosts.get(agency)
        if found is None:
            found = self._host(agency)
            if agency in self.members:
                self._hosts[agency] = found
        return found

    def _host(self, agency: str) -> Server:
        for exact in (True, False):
            for server in self.configuration.servers:
                if any(rules.matches(entry, agency) for entry in server.agencies if entry.endswith("*") != exact):
                    return server
        raise NotFound("exchange.no_member", client=agency)

    def certificates_of(self, member: str) -> list[x509.Certificate]:
        """With which the member signs; without those that were revoked."""
        found = self._certificates.get(member)
        if found is None:
            every = [x509.load_pem_x509_certificate(one.pem.encode()) for one in self.configuration.certificates if one.member == member]
            found = [one for one in every if one.fingerprint(hashes.SHA256()).hex() not in self._stopped_certificates]
            if member in self.members:
                self._certificates[member] = found
        return found
