"""The registry's side of joining: an operator lets a member in whose engineer has read out the fingerprint of the application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from cryptography import x509

from dinh.app.authority import demo_authority
from dinh.app.joining import read_carried, worded
from dinh.app.nodes import open_nodes
from dinh.app.reaching import advice_on
from dinh.app.setup import connect
from dinh.exchange import (
    ADMISSION,
    Admission,
    Application,
    Authorities,
    Certificates,
    PendingRenewal,
    RegistryKey,
    admit_member,
    anchor_from,
    check_fingerprint,
    check_free,
    declared,
    digest_of,
    pending_renewals,
    read_application,
    register_renewed,
    settle_renewal,
    signer_of,
)
from dinh.identity import STATE, Client, add_client
from dinh.kernel import clock
from dinh.kernel.caller import system
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.trust import Authority, key_fingerprint, pem, read_request

WHO = system("joining")


class Let(msgspec.Struct, frozen=True):
    """What the registry's operator carries back, and reads out. `advice` is what to check of the node's address, empty where somebody listens there."""

    file: str
    fingerprint: str
    member: str
    node: str
    advice: str


@asynccontextmanager
async def at_registry(settings: Settings) -> AsyncIterator[tuple[Node, dict[str, Node]]]:
    """The registry's node among all of this installation. What is registered is published at the end, and taken in by every one of them. Raises RuntimeError
    where the registry is not, and for a refusal.
    """
    async with open_nodes(settings, web=False) as nodes:
        known = next(iter(nodes.values())).country
        found = nodes.get(known.registry.code)
        if found is None:
            raise RuntimeError(f"only the registry's installation can: it runs the node {known.registry.code}")
        with worded(known):
            yield found, nodes
            await connect(nodes, lambda _: None)


async def admit_application(settings: Settings, file: Path, fingerprint: str, certificates: Path | None, output: Path) -> Let:
    """Register what the application asks for, and write the admission. `fingerprint` is what the agency's engineer read out; `certificates` is a folder with
    `signing.pem`, `sealing.pem` and `tls.pem` of a real authority. Raises RuntimeError, BadSignature.
    """
    async with at_registry(settings) as (registry, nodes):
        known, token = registry.country, read_carried(file)
        application = read_application(token, declared(known).policy.instance, clock.now())
        check_fingerprint(key_fingerprint(signer_of(application)), fingerprint)
        async with registry.read(WHO) as tx:
            await check_free(tx, application)
        issued, issuer = _brought(certificates) if certificates else await _issued(settings, registry, application), nodes.get(known.identity.code)
        admission = await _admission(registry, token, issued, issuer)
        async with registry.write(WHO) as tx:
            await admit_member(tx, WHO, application, issued)
        if issuer:
            await _register_client(issuer, application)
        own = key_fingerprint(anchor_from(registry).key)
    output.write_text(admission)
    return Let(str(output), own, application.code, application.node, await advice_on(application.url))


def _brought(folder: Path) -> Certificates:
    try:
        return Certificates(*((folder / f"{name}.pem").read_text(encoding="ascii") for name in Certificates.__struct_fields__))
    except (OSError, UnicodeDecodeError) as error:
        raise RuntimeError(f"{folder} needs {', '.join(f'{name}.pem' for name in Certificates.__struct_fields__)}: {error}") from error


async def _issued(settings: Settings, registry: Node, application: Application) -> Certificates:
    """By the demonstration's authority. Raises RuntimeError in production."""
    if settings.production:
        raise RuntimeError("production takes certificates of a real authority: have the requests signed and say --certificates FOLDER")
    authority: Authority = await demo_authority(settings, registry)
    known, requests = registry.country, application.requests
    name = application.name.get(known.languages[0]) or next(iter(application.name.values()))
    member_class = application.member_class or declared(known).policy.member_class
    host = urlsplit(application.url).hostname or ""
    return Certificates(
        signing=pem(await authority.certify_member(read_request(requests.signing), name, member_class, application.code)),
        sealing=pem(await authority.certify_seal(read_request(requests.sealing), name, application.node)),
        tls=pem(await authority.issue_tls(read_request(requests.tls), name, application.node, [host])),
    )


async def _admission(registry: Node, token: str, issued: Certificates, issuer: Node | None) -> str:
    trusted = registry.part(Authorities)
    made = Admission(
        application=digest_of(token), made_at=clock.now(), anchor=anchor_from(registry), registry=registry.origin,
        issuer=issuer.origin if issuer else registry.origin_of(registry.country.identity), certificates=issued,
        roots=[pem(one) for one in trusted.roots], timestampers=[pem(one) for one in trusted.timestampers],
    )  # fmt: skip
    return await registry.part(RegistryKey).key.jws(msgspec.json.encode(made), ADMISSION)


async def _register_client(issuer: Node, application: Application) -> None:
    """Whoever operates the node signs in with the national identity. Who is no agency of the state gets references of its own for people."""
    sector = STATE if application.member_class in {None, declared(issuer.country).policy.member_class} else application.code
    pages = application.pages.rstrip("/")
    client = Client(f"dinh-{application.node}", sector, [f"{pages}/session/callback"], [f"{pages}/"], ["openid"], {"keys": [application.party]})
    async with issuer.write(WHO) as tx:
        await add_client(tx, client)


class Renewed(msgspec.Struct, frozen=True):
    """`kind` is member, server, or node for the key of its heads; `code` is whose."""

    kind: str
    code: str
    until: datetime


async def take_certificate(settings: Settings, file: Path) -> Renewed:
    """A certificate that follows another of a member or its node: it answers what the node has asked for, or its authority says whose it is. Other nodes look for the new one of a listener
    from the next configuration on, so its node should show it within that minute. Raises RuntimeError.
    """
    text = read_carried(file)
    try:
        certificate = x509.load_pem_x509_certificate(text.encode())
    except ValueError as error:
        raise RuntimeError(f"{file} is no certificate in PEM") from error
    async with at_registry(settings) as (registry, _), registry.write(WHO) as tx:
        found = await settle_renewal(tx, WHO, certificate) or await register_renewed(tx, WHO, certificate)
    return Renewed(*found, certificate.not_valid_after_utc)


async def renewals(settings: Settings, folder: Path | None) -> list[PendingRenewal]:
    """What joined nodes have asked for and nobody has answered; with `folder` each request is written there. Raises RuntimeError."""
    async with at_registry(settings) as (registry, _), registry.read(WHO) as tx:
        found = await pending_renewals(tx)
    for one in found if folder else []:
        (folder / f"{one.node}.{one.handle}.csr").write_text(one.request)  # type: ignore[operator]
    return found
