"""Bring every node's database, keys and content to today's state. Safe to run at every start."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import asyncpg
from cryptography import x509

from dinh import registers
from dinh.app import rooms
from dinh.app.authority import ROOT_NAME, demo_authority
from dinh.app.certificates import CertificateRenewed, ask_registry, request_due
from dinh.app.databases import Databases
from dinh.app.joining import check_joined, take_in
from dinh.app.nodes import open_nodes
from dinh.app.places import issuer_file, root_file
from dinh.app.signatures import trusted_roots
from dinh.app.wires import tls_folder
from dinh.exchange import (
    CONFIGURATION,
    REVOCATIONS,
    Authorities,
    CertificateEntry,
    Held,
    anchor_from,
    declared,
    matches,
    publish_configuration,
    published_document,
    register_all,
    set_anchor,
    states_of,
    take,
)
from dinh.identity import STATE, Client, Party, Provider, add_client
from dinh.kernel import clock, country, events, jobs
from dinh.kernel.caller import system
from dinh.kernel.country import Country, NodePlan
from dinh.kernel.database import migrations
from dinh.kernel.database.setup import ensure_database, ensure_roles
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.kernel.transactions import ReadTx
from dinh.offices import Agency, directory_of, open_agency_posts, open_posts
from dinh.trust import (
    RENEWED_BEFORE,
    Authority,
    Keyring,
    handle_of_agency,
    handle_of_member,
    handle_of_node,
    handle_of_ocsp,
    handle_of_tls,
    handle_of_tsa,
    keep_certificates,
    kept_certificates,
    kept_until,
    known_handles,
    pem,
    write_tls_files,
)
from dinh.vault import Roots

Say = Callable[[str], None]
Issue = Callable[[str], Awaitable[x509.Certificate]]
PARTITIONED = {"kernel": "kernel.event", "exchange": "exchange.access"}


def refuse_unsafe(settings: Settings) -> None:
    """Production has no demonstration parts, and a member's node has joined. Raises RuntimeError saying what is missing."""
    check_joined(settings)
    if not settings.production:
        return
    wrong = []
    if not settings.database_url:
        wrong.append("DINH_DATABASE_URL: production does not use the embedded database")
    if settings.public_scheme != "https":
        wrong.append("DINH_PUBLIC_SCHEME=https: cookies and tokens need TLS in front")
    if settings.clock_offset_seconds:
        wrong.append("DINH_CLOCK_OFFSET_SECONDS: production keeps the real time")
    if any(ROOT_NAME in root.subject.rfc4514_string() for root in trusted_roots(settings)) or not root_file(settings).exists():
        wrong.append(f"{root_file(settings)}: the certificates of a real authority, not the demonstration's")
    if wrong:
        raise RuntimeError("production mode refuses to start:\n  " + "\n  ".join(wrong))


async def migrate(settings: Settings, say: Say, *, contract: bool = False) -> None:
    """Databases, roles, schemas, partitions, described tables. What contracts waits, unless asked for."""
    known, databases = country.of(settings), Databases(settings)
    connection = await databases.owner("postgres")
    try:
        await ensure_roles(connection)
        for plan in known.hosted.values():
            if await ensure_database(connection, databases.name(plan.code)):
                say(f"database for {plan.code}")
    finally:
        await connection.close()
    for plan in known.hosted.values():
        await _migrate_node(await databases.owner(databases.name(plan.code)), plan, known, contract=contract)


async def _migrate_node(connection: asyncpg.Connection, plan: NodePlan, known: Country, *, contract: bool) -> None:
    try:
        await migrations.apply(connection, rooms.migrations_of(plan.rooms), contract=contract)
        await jobs.install(connection)
        year = known.local_date(clock.now()).year
        for room, table in PARTITIONED.items():
            if room in rooms.hosted(plan.rooms):
                await migrations.ensure_years(connection, table, year, year + 2)
        if "registers" in plan.rooms:
            for register in registers.all_of(known):
                await connection.execute(registers.ddl(register))
    finally:
        await connection.close()


async def prepare(settings: Settings, say: Say) -> None:
    """Keys, certificates, clients and posts. The signer must be running."""
    async with open_nodes(settings, web=False) as nodes:
        if country.node_file(settings).exists():
            await take_in(next(iter(nodes.values())))
            return
        provider = nodes[next(iter(nodes.values())).country.identity.code].part(Provider)
        issuer_file(settings).write_text(provider.key.pem)
        if not settings.production:
            await _certify(settings, nodes, say)
        await connect(nodes, say)
        await _register_clients(nodes)
        for node in nodes.values():
            async with node.write(system("setup")) as tx:
                if node.plan.units:
                    await open_posts(tx, node.plan.units)
                await open_agency_posts(tx, agencies_of(node))


async def _certify(settings: Settings, nodes: dict[str, Node], say: Say) -> None:
    """The demonstration's authority certifies every node and every agency that a node hosts."""
    first = next(iter(nodes.values()))
    authority = await demo_authority(settings, first)
    for node in nodes.values():
        node.plug(Roots, Roots([authority.certificate]))
        await _secure(node, authority)
    await _renew_kept(nodes, authority)
    await _issue(nodes, _due(nodes, authority), say)
    registry = nodes[first.country.registry.code]
    stamping = await registry.part(Keyring).certificate(handle_of_tsa(registry.code))
    for node in nodes.values():
        node.plug(Authorities, Authorities([authority.certificate], [stamping]))


async def _issue(nodes: dict[str, Node], due: dict[str, Issue], say: Say) -> None:
    """What some node does not have yet, for all of them."""
    kept = []
    for node in nodes.values():
        async with node.read(system("setup")) as tx:
            kept.append(await known_handles(tx))
    missing = [handle for handle in due if not all(handle in known for known in kept)]
    if not missing:
        return
    say(f"{len(missing)} keys and certificates")
    issued = dict(zip(missing, await asyncio.gather(*(due[handle](handle) for handle in missing)), strict=True))
    for node in nodes.values():
        async with node.write(system("setup")) as tx:
            await keep_certificates(tx, issued)


async def _renew_kept(nodes: dict[str, Node], authority: Authority) -> None:
    """What ends within a month, for another term. The keys stay, so what was signed with them is judged as before."""
    renewed: dict[str, x509.Certificate] = {}
    for node in nodes.values():
        async with node.read(system("setup")) as tx:
            due = [one.handle for one in await kept_until(tx) if one.until <= tx.now + RENEWED_BEFORE and not one.handle.startswith("tls.")]
            kept = await kept_certificates(tx, due)
        for handle in due:
            if handle not in renewed:
                renewed[handle] = await authority.renew(x509.load_pem_x509_certificate(kept[handle].encode()))
        async with node.write(system("setup")) as tx:
            if due:
                await keep_certificates(tx, {handle: renewed[handle] for handle in due})
            for handle in due:
                kind, _, name = handle.partition(".")
                await events.append(
                    tx, system("setup"), f"certificate:{handle}", CertificateRenewed(kind=kind, name="" if kind == "person" else name)
                )


def _due(nodes: dict[str, Node], authority: Authority) -> dict[str, Issue]:
    """By handle: every node's, the seal and the signing certificate of every hosted agency, and those of the registry's services."""
    known = next(iter(nodes.values())).country
    language, member_class = known.languages[0], declared(known).policy.member_class
    found: dict[str, Issue] = {}
    for node in nodes.values():
        found[handle_of_node(node.code)] = partial(authority.issue_seal, organisation=node.plan.title[language], code=node.code)
    for agency in hosted_agencies(known):
        name, code = agency.name[language], agency.code
        found[handle_of_agency(code)] = partial(authority.issue_seal, organisation=name, code=code)
        found[handle_of_member(code)] = partial(authority.issue_member, name=name, member_class=member_class, code=code)
    title = known.registry.title[language]
    found[handle_of_tsa(known.registry.code)] = partial(authority.issue_tsa, organisation=title, name=f"TSA {known.registry.code}")
    found[handle_of_ocsp()] = partial(authority.issue_ocsp, organisation=title, name=f"OCSP {known.registry.code}")
    return found


async def _secure(node: Node, authority: Authority) -> None:
    """A TLS certificate for the links of a node, new a month before it ends."""
    path, handle = tls_folder(node) / "tls.pem", handle_of_tls(node.code)
    standing = x509.load_pem_x509_certificate(path.read_bytes()) if path.exists() else None
    if standing is None or standing.not_valid_after_utc <= clock.now() + RENEWED_BEFORE:
        title = node.plan.title[node.country.languages[0]]
        standing = (await write_tls_files(authority, tls_folder(node), title, node.code, [node.plan.host])).issued
    async with node.write(system("setup")) as tx:
        if (await kept_certificates(tx, [handle])).get(handle) != pem(standing):
            await keep_certificates(tx, {handle: standing})


async def renew(settings: Settings, nodes: dict[str, Node], say: Say) -> None:
    """While everything runs. The demonstration's authority certifies anew what ends within a month; a member's new certificate is registered before
    anyone signs with it. Production, and a member's installation, write requests instead; those of a member go to the registry by themselves.
    """
    registry = nodes.get(next(iter(nodes.values())).country.registry.code)
    if settings.production or country.node_file(settings).exists():
        fresh = await request_due(settings, nodes)
        if country.node_file(settings).exists():
            for one in await ask_registry(settings, nodes):
                say(f"{one.handle}: renewed at the registry, until {one.until:%Y-%m-%d}")
        for path in filter(Path.exists, fresh):
            say(f"a certificate ends within a month: take {path} to the authority, then run dinh certificates import FILE")
    elif registry is not None:
        await _certify(settings, nodes, say)
        await _register_signing(registry, say)


async def _register_signing(registry: Node, say: Say) -> None:
    async with registry.write(system("setup")) as tx:
        added = await register_all(tx, system("setup"), await _signing(tx, hosted_agencies(registry.country)))
    if added:
        say(f"registry with the certificates of {added} members")


async def connect(nodes: dict[str, Node], say: Say) -> None:
    """The registry publishes what holds today, and every node of this installation takes it in before it needs it."""
    first = next(iter(nodes.values()))
    registry = nodes.get(first.country.registry.code)
    if registry is None:
        return
    await _register_signing(registry, say)
    await publish_configuration(registry, await _held_versions(nodes))
    async with registry.read(system("setup")) as tx:
        documents = {kind: (await published_document(tx, kind)).token for kind in (CONFIGURATION, REVOCATIONS)}
    for node in nodes.values():
        async with node.write(system("setup")) as tx:
            await set_anchor(tx, anchor_from(registry))
            for kind, document in documents.items():
                await take(tx, system("setup"), kind, document)
        await node.part(Held).refresh(node)


async def _signing(tx: ReadTx, hosted: list[Agency]) -> list[CertificateEntry]:
    """What each agency signs exchanges with; its seal where it has nothing else, as in an installation of a release before."""
    kept = await kept_certificates(tx, [handle for one in hosted for handle in (handle_of_member(one.code), handle_of_agency(one.code))])
    found = {one.code: kept.get(handle_of_member(one.code)) or kept.get(handle_of_agency(one.code)) for one in hosted}
    return [CertificateEntry(code, text) for code, text in found.items() if text]


async def _held_versions(nodes: dict[str, Node]) -> dict[str, int]:
    """By kind of document, the highest that any of them holds."""
    found: dict[str, int] = {}
    for node in nodes.values():
        async with node.read(system("setup")) as tx:
            found |= {state.kind: max(state.version, found.get(state.kind, 0)) for state in await states_of(tx)}
    return found


def hosted_agencies(known: Country) -> list[Agency]:
    """Every agency that some node hosts, in order of code."""
    patterns = [pattern for plan in known.nodes.values() for pattern in plan.agencies]
    directory = directory_of(known)
    return [agency for code, agency in sorted(directory.agencies.items()) if any(matches(pattern, code) for pattern in patterns)]


def agencies_of(node: Node) -> list[str]:
    """The codes of the agencies that this node hosts."""
    return [code for code in directory_of(node.country).agencies if any(matches(pattern, code) for pattern in node.plan.agencies)]


async def _register_clients(nodes: dict[str, Node]) -> None:
    """Every node is a client of the identity provider."""
    first = next(iter(nodes.values()))
    issuer = nodes[first.country.identity.code]
    async with issuer.write(system("setup")) as tx:
        for node in nodes.values():
            party = node.part(Party)
            await add_client(tx, Client(party.client_id, STATE, [party.callback], [f"{party.origin}/"], ["openid"], party.key.jwks))
