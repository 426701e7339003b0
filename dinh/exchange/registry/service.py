"""Register and end; publish what follows, signed. All of it on the registry's node alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from dinh.exchange.members import (
    CONFIGURATION,
    REVOCATIONS,
    Anchor,
    Configuration,
    Member,
    Revocations,
    Server,
    Service,
    declared,
    etag_of,
    matches,
    type_of,
)
from dinh.exchange.registry import openapi, rules, store
from dinh.exchange.registry.admission import Admission
from dinh.exchange.registry.contracts import (
    ConfigurationPublished,
    Document,
    Entry,
    EntryEnded,
    EntryRegistered,
    MemberEntry,
    Published,
    Reason,
    Registered,
    RevocationEntry,
    ServerEntry,
    ServiceEntry,
    SubsystemEntry,
    digest_of,
    kind_of,
)
from dinh.exchange.registry.plugs import Authorities, RegistryKey
from dinh.exchange.registry.rules import Land, Ledger
from dinh.kernel import events
from dinh.kernel.caller import Caller, system
from dinh.kernel.country import Country
from dinh.kernel.errors import Conflict, NotAllowed, NotFound, Unavailable
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices import directory_of
from dinh.trust import SignerError, pem

WHO = system("registry")
Signed = Configuration | Revocations


def land_of(node: Node) -> Land:
    """What the country's files say of the exchange, with the addresses of this installation."""
    known, mine = node.country, declared(node.country)
    patterns = [pattern for plan in known.nodes.values() for pattern in plan.agencies]
    agencies = [one for code, one in directory_of(known).agencies.items() if any(matches(pattern, code) for pattern in patterns)]
    return Land(
        policy=mine.policy,
        members=[Member(one.code, mine.policy.member_class, one.name) for one in agencies],
        servers=[Server(plan.code, plan.operator, f"https://{plan.host}:{node.settings.links_port}", plan.agencies) for plan in known.nodes.values()],
        services=[_with_document(known, service) for service in mine.services.values()],
        topics=list(mine.topics.values()),
    )


def _with_document(known: Country, service: Service) -> Service:
    """A file's OpenAPI document by its digest, with its endpoints."""
    if service.openapi is None:
        return service
    document = (known.folder / "services" / service.openapi).read_text(encoding="utf-8")
    return msgspec.structs.replace(service, openapi=digest_of(document), endpoints=openapi.endpoints(openapi.read(document)))


def check_here(node: Node) -> None:
    """Raises NotAllowed on any other node than the registry's."""
    if node.code != node.country.registry.code:
        raise NotAllowed("exchange.not_registry")


async def standing(tx: ReadTx) -> list[Registered]:
    """Every entry that stands, by kind and key."""
    return await store.standing(tx)


async def history(tx: ReadTx, kind: str, key: str) -> list[Registered]:
    """Every version of one entry, with who made and ended it."""
    return await store.history(tx, kind, key)


async def ledger_of(tx: ReadTx) -> Ledger:
    """The country's files and all that stands, as of this transaction."""
    return Ledger(land_of(tx.node), [one.entry for one in await store.standing(tx)])


def _name(who: Caller) -> str:
    return who.person or who.post or who.kind


async def register(tx: WriteTx, who: Caller, entry: Entry, *, replaces: int | None = None) -> int:
    """A first version, or a next one of the version that the caller has seen. Takes the registry's lock. The version that stands now.

    Raises Conflict when another one stands, Invalid and NotFound for what may not be registered.
    """
    check_here(tx.node)
    await store.lock(tx)
    kind = kind_of(entry)
    if await store.standing_version(tx, kind, entry.key) != replaces:
        raise Conflict("exchange.entry_stands")
    Admission(await ledger_of(tx), tx.node.part(Authorities).roots, tx.now).check(entry)
    if replaces is not None:
        await store.end(tx, kind, entry.key, _name(who))
    return (await _add(tx, who, [entry]))[0]


async def register_all(tx: WriteTx, who: Caller, entries: Sequence[Entry]) -> int:
    """First versions of many entries of one kind, none of which needs another; those that stand stay as they are. How many were added."""
    check_here(tx.node)
    await store.lock(tx)
    known = {(one.kind, one.key) for one in await store.standing(tx)}
    admission = Admission(await ledger_of(tx), tx.node.part(Authorities).roots, tx.now)
    fresh = [entry for entry in entries if (kind_of(entry), entry.key) not in known]
    for entry in fresh:
        admission.check(entry)
    return len(await _add(tx, who, fresh)) if fresh else 0


async def _add(tx: WriteTx, who: Caller, entries: list[Entry]) -> list[int]:
    last = await store.last_versions(tx, kind_of(entries[0]))
    rows = [(entry, last.get(entry.key, 0) + 1) for entry in entries]
    await store.insert(tx, rows, _name(who))
    for entry, version in rows:
        await events.append(tx, who, entry.key, EntryRegistered(kind=kind_of(entry), entry=entry.key, number=version))
    return [version for _, version in rows]


async def end(tx: WriteTx, who: Caller, kind: str, key: str) -> None:
    """What depends on it, such as the services of a member, leaves the configuration with it. Takes the registry's lock. Raises NotFound."""
    check_here(tx.node)
    await store.lock(tx)
    version = await store.end(tx, kind, key, _name(who))
    if version is None:
        raise NotFound("exchange.no_entry")
    await events.append(tx, who, key, EntryEnded(kind=kind, entry=key, number=version))


async def revoke(tx: WriteTx, who: Caller, what: str, of: str, reason: Reason) -> int:
    """A member, a server or a certificate stops within the time that nodes take to look at the list. To `end` it is to take it back."""
    return await register(tx, who, RevocationEntry(what, of, reason))  # type: ignore[arg-type]  # checked by the entry's own type when it is read


async def open_agency(tx: WriteTx, who: Caller, member: MemberEntry, server: ServerEntry, subsystems: list[str]) -> None:
    """A new agency with its node and its systems, in one step. Its signing certificate is registered once an authority has issued it."""
    await register(tx, who, member)
    for code in subsystems:
        await register(tx, who, SubsystemEntry(member.code, code))
    await register(tx, who, server)


async def add_service(tx: WriteTx, who: Caller, service: Service, document: str, *, replaces: int | None = None) -> int:
    """A service of a member's own system, from its OpenAPI 3 document (JSON or YAML), which gives the endpoints. Nobody has a right to it yet."""
    found = openapi.endpoints(openapi.read(document))
    digest = digest_of(document)
    await store.keep_openapi(tx, digest, document)
    entry = ServiceEntry(msgspec.structs.replace(service, openapi=digest, endpoints=found))
    return await register(tx, who, entry, replaces=replaces)


async def openapi_document(tx: ReadTx, digest: str) -> str:
    """By its SHA-256, so that whoever holds the configuration can check it. Raises NotFound."""
    found = await store.openapi(tx, digest)
    if found is None:
        raise NotFound
    return found


# Publication


async def publish(node: Node, held: Mapping[str, int] | None = None) -> int:
    """Sign what has changed since the last publication, and what is due to be signed again. How many documents.

    `held`: by kind, the highest version that some node holds. After the registry was restored from a backup its own may be lower; as nodes never go
    back, it then goes on above theirs. Raises Unavailable when the signer does not answer.
    """
    check_here(node)
    async with node.read(WHO) as tx:
        ledger = await ledger_of(tx)
        known = {kind: await store.published(tx, kind) for kind in (CONFIGURATION, REVOCATIONS)}
        now = tx.now
    trusted = node.part(Authorities)
    configuration = rules.configuration(ledger, [pem(one) for one in trusted.roots], [pem(one) for one in trusted.timestampers])
    done = await _publish_one(node, CONFIGURATION, _dated(configuration, ledger, now), known[CONFIGURATION], (held or {}).get(CONFIGURATION, 0))
    return done + await _publish_one(
        node, REVOCATIONS, _dated(rules.revocations(ledger), ledger, now), known[REVOCATIONS], (held or {}).get(REVOCATIONS, 0)
    )


def _dated(document: Signed, ledger: Ledger, now: datetime) -> tuple[Signed, str, timedelta]:
    """With its times, the digest of its content, and when it is due to be signed again."""
    digest = rules.content_digest(document)
    if isinstance(document, Configuration):
        policy = ledger.policy.configuration
        dated: Signed = msgspec.structs.replace(document, made_at=now, valid_until=now + timedelta(seconds=policy.valid))
    else:
        policy = ledger.policy.revocations
        until, most = now + timedelta(seconds=policy.valid), now + timedelta(seconds=policy.most)
        dated = msgspec.structs.replace(document, made_at=now, valid_until=until, most_until=most)
    return dated, digest, timedelta(seconds=policy.renew)


async def _publish_one(node: Node, kind: str, dated: tuple[Signed, str, timedelta], last: Published | None, held: int) -> int:
    document, digest, renew = dated
    # Signed ahead of time, by a clock that was wrong: nodes would take no renewal of that version.
    ahead = last is not None and last.made_at > document.made_at + renew
    changed = last is None or last.digest != digest or last.version < held or ahead
    if not changed and last and document.made_at - last.made_at < renew:
        return 0
    before = last.version if last else 0
    made = Published(max(before, held) + 1 if changed else before, digest, document.made_at)
    try:
        token = await node.part(RegistryKey).key.jws(rules.encoded(msgspec.structs.replace(document, version=made.version)), type_of(kind))
    except SignerError as error:
        raise Unavailable from error
    async with node.write(WHO) as tx:
        if await store.put_publication(tx, kind, made, token) and changed:
            await events.append(tx, WHO, kind, ConfigurationPublished(kind=kind, number=made.version, digest=digest))
    return 1


async def published_document(tx: ReadTx, kind: str) -> Document:
    """Raises Unavailable before the first publication."""
    found = await store.published_document(tx, kind)
    if found is None:
        raise Unavailable("exchange.no_configuration")
    version, made_at, token = found
    return Document(etag_of(version, made_at), token)


def anchor_from(node: Node) -> Anchor:
    """What every node of this country is given at set-up."""
    check_here(node)
    public = {name: str(value) for name, value in node.part(RegistryKey).key.public.items()}
    return Anchor(declared(node.country).policy.instance, public)
