"""Look up services and rights. Read once a process from the country's files."""

from functools import cache
from pathlib import Path

from dinh.exchange.members import rules
from dinh.exchange.members.contracts import Right, Service, ServiceFile
from dinh.exchange.members.names import Names
from dinh.kernel import content
from dinh.kernel.country import Country, NodePlan
from dinh.kernel.errors import NotAllowed, NotFound


class Membership:
    def __init__(self, country: Country) -> None:
        files = content.read_all(country.folder / "services", ServiceFile)
        self.services = {service.code: service for file in files.values() for service in file.services}
        self.names = country.read("members.yaml", Names)
        self._nodes = country.nodes

    def service(self, code: str) -> Service:
        found = self.services.get(code)
        if found is None:
            raise NotFound("exchange.no_service", service=code)
        return found

    def right(self, service: str, client: str, purpose: str, assurance: int) -> Right:
        """Raises NotAllowed: a member has no right that nobody wrote down."""
        right = rules.right_of(self.service(service), client, purpose)
        if right is None or assurance < right.assurance:
            raise NotAllowed("exchange.no_right", service=service, client=client)
        return right

    def check_provider(self, service: str, agency: str) -> None:
        if not rules.matches(self.service(service).provider, agency):
            raise NotFound("exchange.no_service", service=service)

    def node_of(self, agency: str) -> NodePlan:
        """The node that hosts an agency. The most exact entry wins."""
        for exact in (True, False):
            for plan in self._nodes.values():
                if any(rules.matches(entry, agency) for entry in plan.agencies if entry.endswith("*") != exact):
                    return plan
        raise NotFound("exchange.no_member", client=agency)


@cache
def _load(folder: Path) -> Membership:
    return Membership(Country(folder))


def membership_of(country: Country) -> Membership:
    return _load(country.folder)
