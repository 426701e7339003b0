"""What the operator of the registry or of a node does about services, rights and systems from the command line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from dinh.app.admitting import at_registry
from dinh.app.joining import worded
from dinh.app.nodes import open_nodes
from dinh.exchange import (
    Endpoint,
    Identifier,
    Member,
    Right,
    RightEntry,
    Service,
    ServiceEntry,
    add_service,
    admit,
    dismiss,
    end_entry,
    ledger_of,
    membership_of,
    read_openapi,
    register,
    standing,
)
from dinh.kernel.caller import system
from dinh.kernel.content import Text
from dinh.kernel.errors import NotFound
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.kernel.transactions import ReadTx

WHO = system("command")


class Place(msgspec.Struct, frozen=True):
    """`CODE/subsystem` or `CODE/subsystem/service`, as an operator writes it."""

    member: str
    subsystem: str
    service: str = ""

    @property
    def written(self) -> str:
        return f"{self.member}/{self.subsystem}/{self.service}".rstrip("/")


class Offer(msgspec.Struct, frozen=True):
    service: str
    version: int
    endpoints: list[str]


class Grant(msgspec.Struct, frozen=True):
    right: str
    version: int
    clients: list[str]


def place_of(written: str, parts: int) -> Place:
    """Raises RuntimeError."""
    found = written.split("/")
    if len(found) != parts or not all(found):
        raise RuntimeError(f"as {'/'.join(('CODE', 'subsystem', 'service')[:parts])}, not {written!r}")
    return Place(*found)


async def _version(tx: ReadTx, kind: str, key: str) -> int | None:
    return next((one.version for one in await standing(tx) if (one.kind, one.key) == (kind, key)), None)


async def offer(settings: Settings, document: Path, code: str, at: str, url: str, title: Text, *, replace: bool) -> Offer:
    """A service of a member's own system, by its OpenAPI document. Nobody may use it yet."""
    place = place_of(at, 2)
    try:
        text = document.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuntimeError(f"{document} cannot be read: {error}") from error
    async with at_registry(settings) as (node, _):
        named = title or dict.fromkeys(node.country.languages, str(read_openapi(text).get("info", {}).get("title") or code))
        service = Service(code=code, provider=place.member, kind="ask", title=named, rights=[], subsystem=place.subsystem, url=url)
        async with node.write(WHO) as tx:
            before = await _version(tx, "service", ServiceEntry(service).key) if replace else None
            version = await add_service(tx, WHO, service, text, replaces=before)
            found = next(one.entry for one in await standing(tx) if one.key == ServiceEntry(service).key)
        endpoints = found.service.endpoints if isinstance(found, ServiceEntry) else []
        return Offer(ServiceEntry(service).key, version, [f"{one.method} {one.path}" for one in endpoints])


async def allow(settings: Settings, at: str, clients: list[str], code: str | None, right: Right) -> Grant:
    """A right that was not there, or its next version. `clients` are agencies, or `CODE/subsystem`."""
    place = place_of(at, 3)
    async with at_registry(settings) as (node, _), node.write(WHO) as tx:
        ledger = await ledger_of(tx)
        named = [await _client(tx, one) for one in clients]
        subsystem = None if place.subsystem == ledger.policy.subsystem else place.subsystem
        entry = RightEntry(place.member, subsystem, place.service, code or right.purpose, msgspec.structs.replace(right, clients=named))
        version = await register(tx, WHO, entry, replaces=await _version(tx, "right", entry.key))
        return Grant(entry.key, version, named)


async def _client(tx: ReadTx, written: str) -> str:
    """Raises NotFound."""
    if ":" in written or "/" not in written:
        return written
    place, ledger = place_of(written, 2), await ledger_of(tx)
    return _text(ledger.policy.instance, ledger.member(place.member), place)


def _text(instance: str, member: Member, place: Place) -> str:
    return Identifier("SUBSYSTEM", (instance, member.member_class, place.member, place.subsystem)).text


async def forbid(settings: Settings, at: str, code: str) -> None:
    """Take a right back: it leaves the configuration."""
    place = place_of(at, 3)
    async with at_registry(settings) as (node, _), node.write(WHO) as tx:
        subsystem = "" if place.subsystem == (await ledger_of(tx)).policy.subsystem else place.subsystem
        await end_entry(tx, WHO, "right", f"{place.member}/{subsystem}/{place.service}/{code}")


def endpoint_of(written: str) -> Endpoint:
    """`GET /persons/*`. Raises RuntimeError."""
    method, _, path = written.strip().partition(" ")
    try:
        return msgspec.convert({"method": method, "path": path.strip()}, Endpoint)
    except msgspec.ValidationError as error:
        raise RuntimeError(f"an endpoint as GET /persons/*, not {written!r}") from error


@asynccontextmanager
async def _host(settings: Settings, place: Place) -> AsyncIterator[tuple[Node, str]]:
    """The node here that hosts a subsystem, and its text form. Raises RuntimeError."""
    async with open_nodes(settings, web=False) as nodes:
        first = next(iter(nodes.values()))
        with worded(first.country):
            membership = membership_of(first)
            member = membership.member(place.member)
            node = nodes.get(membership.node_of(place.member).code)
            if node is None or place.subsystem not in {*member.subsystems, membership.configuration.subsystem}:
                raise NotFound("exchange.no_member", client=place.written)
            yield node, _text(membership.instance, member, place)


async def admit_system(settings: Settings, at: str, *, network: bool) -> tuple[str, str | None]:
    """The subsystem's text form, and the key that its system shows: told once."""
    async with _host(settings, place_of(at, 2)) as (node, text), node.write(WHO) as tx:
        return text, await admit(tx, WHO, text, "network" if network else "key")


async def dismiss_system(settings: Settings, at: str) -> int:
    """How many keys and connections ended."""
    async with _host(settings, place_of(at, 2)) as (node, text), node.write(WHO) as tx:
        return await dismiss(tx, WHO, text)
