"""In production a real authority certifies: requests go to it as files, and its answers are taken in."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dinh.app.certificates.contracts import CertificateRenewed
from dinh.app.certificates.service import WHO
from dinh.app.signatures import trusted_roots
from dinh.app.wires import tls_folder
from dinh.exchange import CertificateEntry, declared, membership_of, register_all
from dinh.kernel import clock, events
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.offices import directory_of
from dinh.trust import (
    RENEWED_BEFORE,
    Keyring,
    SignerRefused,
    Untrusted,
    check_issued,
    handle_of_tls,
    keep_certificates,
    kept_certificates,
    kept_until,
    member_name,
    pem,
    request_for,
    seal_name,
    take_tls_certificate,
    tls_name,
    tls_request,
)  # fmt: skip

# Kinds of handles whose certificates an authority gives; with the kind of key in the signer.
KEYS = {"node": "seal", "agency": "seal", "member": "seal", "tsa": "node", "ocsp": "node"}


class Imported(msgspec.Struct, frozen=True):
    """What was taken in, and whether the registry knows it: what it registers is believed by others once the configuration says so."""

    handle: str
    until: datetime
    registered: bool


def folder_of(settings: Settings) -> Path:
    return settings.home / "trust" / "requests"


async def request_due(settings: Settings, nodes: dict[str, Node]) -> list[Path]:
    """A file for each certificate of these nodes that ends within a month; those that are there already stay as they are."""
    due: set[str] = set()
    for node in nodes.values():
        async with node.read(WHO) as tx:
            due |= {one.handle for one in await kept_until(tx) if one.until <= tx.now + RENEWED_BEFORE and one.handle.partition(".")[0] != "person"}
    # Of others a node keeps certificates too: what their listeners show, and what the registry's services sign with.
    kinds = {"tls", "tsa", "ocsp"}
    own = {f"{kind}.{code}" for kind in ("tls", "tsa") for code in nodes} | {"ocsp"}
    wanted = [handle for handle in sorted(due) if handle.partition(".")[0] not in kinds or handle in own]
    return [await ask(settings, nodes, handle) for handle in wanted if not (folder_of(settings) / f"{handle}.csr").exists()]


async def ask(settings: Settings, nodes: dict[str, Node], handle: str) -> Path:
    """Write the request for one handle, such as `member.g22` or `tls.portal`. Raises RuntimeError for a handle that no certificate is for here."""
    kind, _, code = handle.partition(".")
    first = next(iter(nodes.values()))
    if kind == "tls" and code in nodes:
        text = await _tls_request(nodes[code], handle)
    elif kind in KEYS:
        subject = await _subject(first, handle)
        text = await request_for(first.part(Keyring).signer, handle, KEYS[kind], subject)  # type: ignore[arg-type]
    else:
        raise RuntimeError(f"{handle}: not a name of a certificate here, such as member.g22, node.portal or tls.portal")
    folder_of(settings).mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder_of(settings) / f"{handle}.csr"
    path.write_text(text)
    return path


async def _kept(node: Node, handle: str) -> x509.Certificate | None:
    async with node.read(WHO) as tx:
        known = (await kept_certificates(tx, [handle])).get(handle)
    return x509.load_pem_x509_certificate(known.encode()) if known else None


async def _tls_request(node: Node, handle: str) -> str:
    """For the names of the one in use; a first one for the name of the node's pages."""
    known, folder = await _kept(node, handle), tls_folder(node)
    if known is None:
        title = node.plan.title[node.country.languages[0]]
        return tls_request(folder, tls_name(node.country.iso, title, node.code, node.plan.host), [node.plan.host])
    names = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tls_request(folder, known.subject, [str(one.value) for one in names])


async def _subject(node: Node, handle: str) -> x509.Name:
    """As before; for a first one as the country's files name it. Raises RuntimeError for a code that they do not know."""
    if known := await _kept(node, handle):
        return known.subject
    country, (kind, _, code) = node.country, handle.partition(".")
    language, policy = country.languages[0], declared(country).policy
    if kind in {"agency", "member"}:
        found = next((one for one in directory_of(country).agencies.values() if one.code.lower() == code), None)
        if found:
            name = found.name[language]
            return member_name(country.iso, name, policy.member_class, found.code) if kind == "member" else seal_name(country.iso, name, found.code)
    elif plan := country.nodes.get(code or country.registry.code):
        return seal_name(country.iso, plan.title[language], plan.code)
    raise RuntimeError(f"{handle}: this country has no such {kind}")


async def import_all(settings: Settings, nodes: dict[str, Node], text: bytes) -> list[Imported]:
    """Take in the certificates of a PEM file. Raises RuntimeError for one that no trusted root gave, that is not in force, or whose key is not here."""
    roots = trusted_roots(settings)
    certificates = [one for one in x509.load_pem_x509_certificates(text) if one not in roots]
    for certificate in certificates:
        try:
            check_issued(certificate, roots, clock.now())
        except Untrusted as error:
            raise RuntimeError(f"{certificate.subject.rfc4514_string()}: {error}") from error
    return [await _take(settings, nodes, certificate, roots) for certificate in certificates]


async def _take(settings: Settings, nodes: dict[str, Node], certificate: x509.Certificate, roots: Sequence[x509.Certificate]) -> Imported:
    handle = await _handle(settings, nodes, certificate, roots)
    registered = not handle.startswith(("member.", "tls.")) or await _register(nodes, handle, certificate)
    for node in nodes.values():
        async with node.write(WHO) as tx:
            await keep_certificates(tx, {handle: certificate})
            kind, _, name = handle.partition(".")
            await events.append(tx, WHO, f"certificate:{handle}", CertificateRenewed(kind=kind, name=name))
    (folder_of(settings) / f"{handle}.csr").unlink(missing_ok=True)
    return Imported(handle, certificate.not_valid_after_utc, registered)


async def _handle(settings: Settings, nodes: dict[str, Node], certificate: x509.Certificate, roots: Sequence[x509.Certificate]) -> str:
    """Whose key it is: one that a request is waiting for, or one that has a certificate already."""
    for node in nodes.values():
        if take_tls_certificate(tls_folder(node), certificate, roots):
            return handle_of_tls(node.code)
    first = next(iter(nodes.values()))
    async with first.read(WHO) as tx:
        kept = [one.handle for one in await kept_until(tx)]
    for handle in dict.fromkeys([*(path.stem for path in sorted(folder_of(settings).glob("*.csr"))), *kept]):
        if handle.partition(".")[0] in KEYS and await _is_key(first, handle, certificate):
            return handle
    raise RuntimeError(f"{certificate.subject.rfc4514_string()}: its key is not here; ask with dinh certificates request")


async def _is_key(node: Node, handle: str, certificate: x509.Certificate) -> bool:
    try:
        return await node.part(Keyring).signer.public(handle) == _public(certificate)
    except SignerRefused:
        return False


def _public(certificate: x509.Certificate) -> str:
    return certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


async def _register(nodes: dict[str, Node], handle: str, certificate: x509.Certificate) -> bool:
    """False where the registry is another installation's, whose operator registers the certificate. A listener's is registered only where the first was."""
    first = next(iter(nodes.values()))
    if handle.startswith("tls."):
        return membership_of(first).check_server(handle.partition(".")[2]).tls is None
    registry = nodes.get(first.country.registry.code)
    code = next((one.code for one in directory_of(first.country).agencies.values() if one.code.lower() == handle.partition(".")[2]), None)
    if registry is None or code is None:
        return False
    async with registry.write(WHO) as tx:
        await register_all(tx, WHO, [CertificateEntry(code, pem(certificate))])
    return True
