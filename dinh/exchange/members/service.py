"""What the country declares, and what this node holds of the registry's configuration."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import asyncpg
import msgspec

from dinh.exchange.members import rules, store
from dinh.exchange.members.contracts import (
    Anchor,
    Configuration,
    ConfigurationRefused,
    ConfigurationTaken,
    ExchangeFile,
    GapClosed,
    GapOpened,
    Revocations,
    Service,
    ServiceFile,
    State,
    Topic,
    TopicFile,
)  # fmt: skip
from dinh.exchange.members.membership import Membership
from dinh.kernel import content, events, log
from dinh.kernel.caller import Caller, system
from dinh.kernel.content import Fault
from dinh.kernel.country import Country
from dinh.kernel.errors import BadContent, BadSignature, Conflict, Unavailable
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.trust import verify_jws

CONFIGURATION, REVOCATIONS = "configuration", "revocations"
SHAPES: dict[str, type[Configuration | Revocations]] = {CONFIGURATION: Configuration, REVOCATIONS: Revocations}
_log = log.get("exchange")


def _topic_faults(file: TopicFile, services: dict[str, Service]) -> Iterator[Fault]:
    """Whose system a subscription names by its subsystem is registered, not written in files."""
    for at, topic in enumerate(file.topics):
        yield from ((f"topics[{at}].{place}", fault) for place, fault in rules.topic_faults(topic))
        for number, one in enumerate(topic.subscriptions):
            found = services.get(one.service)
            if one.subsystem is None and (found is None or found.kind != "tell" or not rules.matches(found.provider, one.subscriber)):
                yield f"topics[{at}].subscriptions[{number}].service", f"a service of {one.subscriber} that is told, not {one.service!r}"


class Declared:
    """What the country's own files say, before the registry adds to it. Content is checked against this."""

    def __init__(self, country: Country) -> None:
        self.policy = country.read("exchange.yaml", ExchangeFile)
        groups = {group.code for group in self.policy.groups}
        try:
            self.person_number = re.compile(self.policy.person_number, re.ASCII)
        except re.error as error:
            raise BadContent(str(country.folder / "exchange.yaml"), None, "person_number", f"a regular expression: {error}") from error

        def faults(file: ServiceFile) -> Iterator[Fault]:
            for at, service in enumerate(file.services):
                yield from ((f"services[{at}].{place}", fault) for place, fault in rules.service_faults(service, groups, self.policy.embargo))

        files = content.read_all(country.folder / "services", ServiceFile, faults)
        self.services: dict[str, Service] = {service.code: service for file in files.values() for service in file.services}
        topics = content.read_all(country.folder / "topics", TopicFile, lambda file: _topic_faults(file, self.services))
        self.topics: dict[str, Topic] = {topic.code: topic for file in topics.values() for topic in file.topics}
        for service in filter(rules.unlogged, self.services.values()):
            _log.warning("service_without_subject", service=service.code)


@cache
def _declared(folder: Path) -> Declared:
    return Declared(Country(folder))


def declared(country: Country) -> Declared:
    """Read once a process. Raises BadContent."""
    return _declared(country.folder)


def type_of(kind: str) -> str:
    """The `typ` of the signed document, so that one kind cannot pass for the other."""
    return f"dinh-{kind}+jws"


class Held:
    """Plugged in by app, one a node: what this process last read of the documents that the node holds."""

    def __init__(self) -> None:
        self.membership: Membership | None = None
        self._marks: dict[str, object] = {}

    async def refresh(self, node: Node) -> bool:
        """Read what is newer than what this process knows. Two processes of a node meet in its database."""
        try:
            async with node.glance(system("configuration")) as tx:
                marks = await store.marks(tx)
                if marks == self._marks:
                    return False
                found = await _newest_that_verify(tx)
        except asyncpg.UndefinedTableError:
            return False  # A database of the release before, which is about to be migrated.
        configuration, revocations = found.get(CONFIGURATION), found.get(REVOCATIONS)
        if isinstance(configuration, Configuration):
            self.membership = Membership(configuration, revocations if isinstance(revocations, Revocations) else None)
        self._marks = dict(marks)
        return True


async def _newest_that_verify(tx: ReadTx) -> dict[str, Configuration | Revocations]:
    anchor = await store.anchor(tx)
    found: dict[str, Configuration | Revocations] = {}
    for kind in SHAPES:
        for document in await store.documents(tx, kind) if anchor else []:
            try:
                found[kind] = _open(anchor, kind, document)  # type: ignore[arg-type]  # there is one
                break
            except BadSignature as error:
                _log.error("held_document_broken", node=tx.node.code, kind=kind, reason=str(error))
    return found


def _open(anchor: Anchor, kind: str, document: str) -> Configuration | Revocations:
    """Raises BadSignature unless the registry of the anchor has signed it."""
    payload = verify_jws(document, anchor.key, type_of(kind))
    try:
        opened = msgspec.json.decode(payload, type=SHAPES[kind])
    except msgspec.DecodeError as error:
        raise BadSignature(f"a signed {kind} that cannot be read") from error
    if opened.instance != anchor.instance:
        raise BadSignature(f"a {kind} of instance {opened.instance}")
    return opened


def membership_of(node: Node) -> Membership:
    """As this process last read it. Raises Unavailable on a node that never had a configuration."""
    found = node.part(Held).membership
    if found is None:
        raise Unavailable("exchange.no_configuration")
    return found


async def set_anchor(tx: WriteTx, anchor: Anchor) -> None:
    """At set-up. Another registry than the one a node believes is refused with Conflict: such a node is set up anew."""
    known = await store.anchor(tx)
    if known is None:
        await store.put_anchor(tx, anchor)
    elif known != anchor:
        raise Conflict("exchange.other_registry")


async def anchor_of(tx: ReadTx) -> Anchor | None:
    return await store.anchor(tx)


async def states_of(tx: ReadTx) -> list[State]:
    """Of each document that the node holds, the newest."""
    return await store.states(tx)


async def take(tx: WriteTx, who: Caller, kind: str, document: str) -> bool:
    """Take in a signed document that is newer than the held one; False when it is the same. Takes a lock on its kind.

    Raises BadSignature, and Conflict (`exchange.rollback`) for an older one: the registry never goes back.
    """
    await store.lock(tx, kind)
    anchor = await store.anchor(tx)
    if anchor is None:
        raise BadSignature("this node has no anchor yet")
    opened = _open(anchor, kind, document)
    held = await store.newest(tx, kind)
    rules.check_document(opened, anchor.instance, held, tx.now)
    if held == (opened.version, opened.made_at):
        await store.checked(tx, kind, opened.version)
        return False
    until = opened.valid_until
    await store.keep(tx, kind, opened.version, opened.made_at, until, document)
    if held is None or opened.version > held[0]:
        await events.append(tx, who, kind, ConfigurationTaken(kind=kind, number=opened.version))
    return True


async def confirm(tx: WriteTx, kind: str) -> None:
    """The registry says that nothing is newer than what is held."""
    held = await store.newest(tx, kind)
    if held:
        await store.checked(tx, kind, held[0])


async def refuse(tx: WriteTx, who: Caller, kind: str, reason: str) -> None:
    """Keep on record that the registry's address gave what does not hold. The held one stays in use."""
    await events.append(tx, who, kind, ConfigurationRefused(kind=kind, reason=reason))


async def note_gap(tx: WriteTx, who: Caller, part: str, *, fresh: bool) -> None:
    """One event as a gap opens, one as it closes; however often it is looked at meanwhile."""
    if not fresh:
        if await store.open_gap(tx, part):
            await events.append(tx, who, part, GapOpened(part=part))
        return
    since = await store.close_gap(tx, part)
    if since is not None:
        await events.append(tx, who, part, GapClosed(part=part, seconds=int((tx.now - since).total_seconds())))


async def look_again(node: Node) -> int:
    """A round of the process's own: what another process took in is used from now on."""
    await node.part(Held).refresh(node)
    return 0
