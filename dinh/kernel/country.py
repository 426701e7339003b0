"""A country is data: its languages, currency, time zone and nodes, and the folders that each room reads for itself."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from dinh.kernel import content
from dinh.kernel.content import Fault, Text
from dinh.kernel.errors import BadContent
from dinh.kernel.money import Currency
from dinh.kernel.settings import Settings

Content = TypeVar("Content")


class NodePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`operator` is the agency whose seal the node uses; `units` is the unit at the top of those it serves."""

    code: str
    host: str
    title: Text
    operator: str
    rooms: list[str]
    agencies: list[str]
    units: str | None = None


class CountryFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`iso` is the ISO 3166 code that certificates carry; XA to XZ for countries that do not exist."""

    code: str
    iso: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
    name: Text
    languages: list[str]
    currency: Currency
    time_zone: str
    portal: str
    identity: str
    registry: str


class Country:
    """`portal`, `identity` and `registry` are the codes of the nodes that hold the public portal, the OpenID provider and the registry of the exchange."""

    def __init__(self, folder: Path, own: Path | None = None) -> None:
        """`own` is the file of a node that the country's files do not have, in the installation that runs it."""
        self.folder, self._own = folder, own
        self._file = content.read(folder / "country.yaml", CountryFile)
        self.code = self._file.code
        self.iso = self._file.iso
        self.name = self._file.name
        self.languages = self._file.languages
        self.currency = self._file.currency
        self.zone = ZoneInfo(self._file.time_zone)

    @cached_property
    def nodes(self) -> dict[str, NodePlan]:
        plans = content.read_all(self.folder / "nodes", NodePlan)
        found = {plan.code: plan for plan in plans.values()}
        for role, code in (("portal", self._file.portal), ("identity", self._file.identity), ("registry", self._file.registry)):
            if code not in found:
                raise BadContent(str(self.folder / "country.yaml"), None, role, f"the code of a file in nodes/, not {code!r}")
        return found

    @cached_property
    def hosted(self) -> dict[str, NodePlan]:
        """By code, what this installation runs: the one node of its own, or all of the country's files."""
        if self._own is None:
            return self.nodes
        plan = content.read(self._own, NodePlan, self._own_faults)
        return {plan.code: plan}

    def _own_faults(self, plan: NodePlan) -> Iterator[Fault]:
        if plan.code in self.nodes:
            yield "code", f"a code that no node of {self.folder / 'nodes'} has"
        if plan.units:
            yield "units", "nothing: only nodes of the country's files settle cases"

    @property
    def portal(self) -> NodePlan:
        return self.nodes[self._file.portal]

    @property
    def identity(self) -> NodePlan:
        return self.nodes[self._file.identity]

    @property
    def registry(self) -> NodePlan:
        return self.nodes[self._file.registry]

    def read(self, name: str, kind: type[Content]) -> Content:
        return content.read(self.folder / name, kind)

    def read_all(self, folder: str, kind: type[Content]) -> dict[str, Content]:
        return content.read_all(self.folder / folder, kind)

    def table(self, name: str, kind: type[Content]) -> list[Content]:
        return content.table(self.folder / name, kind)

    def local(self, at: datetime) -> datetime:
        """The instant on this country's clocks."""
        return at.astimezone(self.zone)

    def local_date(self, at: datetime) -> date:
        return self.local(at).date()


def load(content_folder: Path, code: str) -> Country:
    return Country(content_folder / code)


def node_file(settings: Settings) -> Path:
    """Where an installation of one member says what its node is: the same shape as a file of the country's `nodes/`."""
    return settings.home / "node.yaml"


def of(settings: Settings) -> Country:
    """The country as this installation knows it, with its own node where it has one."""
    own = node_file(settings)
    return Country(settings.content / settings.country, own if own.exists() else None)
