"""Ask for a certificate in place of one that ends; and answer that, at the registry's node."""

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from dinh.exchange.heads import attest, read_attested
from dinh.exchange.links import Links
from dinh.exchange.members import membership_of
from dinh.exchange.registry import Authorities, CertificateEntry, ServerEntry, register, standing
from dinh.exchange.renewals import rules, store
from dinh.exchange.renewals.contracts import RENEWAL, CertificateIssued, Pending, Renewal, RenewalAsked, Renewed
from dinh.exchange.renewals.plugs import Certifier
from dinh.kernel import clock, events
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import BadSignature, Conflict, NotAllowed, Unavailable
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.trust import RENEWED_BEFORE, SignerError, handle_of_member, handle_of_tls, pem, read_request

WHO = system("renewals")
TIMEOUT = 20.0


async def ask(node: Node, handle: str, request: str) -> str | None:
    """The certificate (PEM); None while an operator of the registry has to answer. Raises Unavailable; what the registry refuses with; BadSignature."""
    letter = await attest(node, RENEWAL.encode(), Renewal(node.code, handle, request, clock.now()))
    body = await node.part(Links).to(node.country.registry.code).post(RENEWAL, letter, TIMEOUT)
    try:
        return msgspec.msgpack.decode(body, type=Renewed).certificate
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadSignature("no answer to a renewal") from error


async def receive(node: Node, letter: bytes) -> bytes:
    """The letter's verb. Raises BadSignature for what its node has not signed or for another key, NotAllowed for what is not its own or not due."""
    renewal, own = await read_attested(node, letter, RENEWAL.encode(), Renewal)
    rules.check_fresh(renewal.at, clock.now())
    public = read_request(renewal.request)
    async with node.write(WHO) as tx:
        if found := await _answered(tx, renewal):
            return msgspec.msgpack.encode(Renewed(found))
        server, _ = await _server(tx, renewal.node)
        present = rules.present_of(renewal, server, own, _signing(tx, server.operator))
        rules.check_due(present, tx.now)
        if await store.ask(tx, renewal):
            await events.append(tx, WHO, renewal.node, RenewalAsked(node=renewal.node, handle=renewal.handle))
    try:
        issued = await node.part(Certifier).renew(node, present, public)
    except SignerError as error:
        raise Unavailable from error
    if issued is not None:
        async with node.write(WHO) as tx:
            # Another process may have answered meanwhile: its certificate counts.
            await _answer(tx, WHO, Pending(renewal.node, renewal.handle, renewal.request, tx.now), issued)
    async with node.read(WHO) as tx:
        return msgspec.msgpack.encode(Renewed(await store.answered(tx, renewal.node, renewal.handle)))


async def _answered(tx: ReadTx, renewal: Renewal) -> str | None:
    """What this key was given before, so that an answer that was lost is not issued twice."""
    found = await store.answered(tx, renewal.node, renewal.handle)
    certificate = x509.load_pem_x509_certificate(found.encode()) if found else None
    fits = certificate and rules.answers(certificate, renewal.request) and certificate.not_valid_after_utc > tx.now + RENEWED_BEFORE
    return found if fits else None


async def _server(tx: ReadTx, node: str) -> tuple[ServerEntry, int]:
    """As it is registered, and the version of that. Raises NotAllowed for a node of the country's files alone: its installation has the authority."""
    for one in await standing(tx):
        if isinstance(one.entry, ServerEntry) and one.key == node:
            return one.entry, one.version
    raise NotAllowed("exchange.no_member", client=node)


def _signing(tx: ReadTx, member: str) -> list[x509.Certificate]:
    """With which a member may sign today."""
    membership = membership_of(tx.node)
    membership.check_active(member)
    revoked = set(membership.revocations.certificates if membership.revocations else [])
    found = [x509.load_pem_x509_certificate(one.pem.encode()) for one in membership.configuration.certificates if one.member == member]
    return [one for one in found if one.fingerprint(hashes.SHA256()).hex() not in revoked]


async def settle(tx: WriteTx, who: Caller, certificate: x509.Certificate) -> tuple[str, str] | None:
    """An operator brings what an authority issued: it answers the request of the same key, and is registered. What it is (`member`, `server`, or `node` for
    the key of its heads) and whose; None where nothing of this key waits.

    Raises BadSignature for one that nobody believes, or that is for somebody else. Takes the registry's lock.
    """
    refused = None
    for one in await store.pending(tx):
        if rules.answers(certificate, one.request):
            try:
                answered = await _answer(tx, who, one, certificate)
            except (BadSignature, NotAllowed) as error:
                # Whoever saw a request can send it as its own: that must not keep the answer from its owner.
                refused = error
                continue
            if not answered:
                raise Conflict
            server, _ = await _server(tx, one.node)
            kind = one.handle.partition(".")[0]
            return {"member": ("member", server.operator), "tls": ("server", one.node)}.get(kind, (kind, one.node))
    if refused:
        raise refused
    return None


async def _answer(tx: WriteTx, who: Caller, asked: Pending, certificate: x509.Certificate) -> bool:
    """What others must know is registered, so that it is in the next configuration."""
    server, version = await _server(tx, asked.node)
    rules.check_answer(certificate, asked.handle, server, tx.node.part(Authorities).roots, tx.now)
    if not await store.answer(tx, asked, pem(certificate)):
        return False
    if asked.handle == handle_of_tls(server.code):
        following = msgspec.structs.replace(server, certificate=pem(certificate), before=server.certificate)
        await register(tx, who, following, replaces=version)
    elif asked.handle == handle_of_member(server.operator):
        await register(tx, who, CertificateEntry(server.operator, pem(certificate)))
    await events.append(tx, who, asked.node, CertificateIssued(node=asked.node, handle=asked.handle))
    return True


async def pending(tx: ReadTx) -> list[Pending]:
    """The oldest first."""
    return await store.pending(tx)
