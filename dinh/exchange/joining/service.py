"""Let a member in: at the registry's node."""

import msgspec
from cryptography import x509

from dinh.exchange.joining import rules
from dinh.exchange.joining.contracts import Application, Certificates
from dinh.exchange.members import matches
from dinh.exchange.registry import (
    Authorities,
    CertificateEntry,
    Ledger,
    MemberEntry,
    ServerEntry,
    SubsystemEntry,
    ledger_of,
    register,
    standing,
)
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Conflict
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.trust import check_issued, pem


async def check_free(tx: ReadTx, application: Application) -> None:
    """Neither its code nor its node is somebody's yet. Raises Conflict: an application is good once."""
    _check(await ledger_of(tx), application)


def _check(ledger: Ledger, application: Application) -> None:
    if application.node in ledger.servers:
        raise Conflict("exchange.node_taken", node=application.node)
    hosted = any(matches(pattern, application.code) for server in ledger.servers.values() for pattern in server.agencies)
    if hosted or any(one.member == application.code for one in ledger.certificates.values()):
        raise Conflict("exchange.member_taken", client=application.code)


async def admit_member(tx: WriteTx, who: Caller, application: Application, certificates: Certificates) -> None:
    """Member, subsystems, certificate and node, registered together. Raises Conflict for what is somebody's, BadSignature for certificates that do not fit,
    Invalid for names that cannot be. Takes the registry's lock.
    """
    ledger = await ledger_of(tx)
    _check(ledger, application)
    rules.check_certificates(certificates, application.requests, tx.node.part(Authorities).roots, tx.now)
    known = ledger.members.get(application.code)
    if known is None:
        await register(tx, who, MemberEntry(application.code, application.name, application.member_class))
    for code in application.subsystems:
        if known is None or code not in known.subsystems:
            await register(tx, who, SubsystemEntry(application.code, code))
    await register(tx, who, CertificateEntry(application.code, certificates.signing))
    server = ServerEntry(application.node, application.code, application.url.rstrip("/"), [application.code], certificates.tls)
    await register(tx, who, server)


async def register_renewed(tx: WriteTx, who: Caller, certificate: x509.Certificate) -> tuple[str, str]:
    """A next certificate of a registered node's listener, or of a member: the kind of entry and whose it is. Takes the registry's lock.

    Raises BadSignature for one that no authority of this country issued, NotFound for a name that nobody has here, Invalid.
    """
    check_issued(certificate, tx.node.part(Authorities).roots, tx.now)
    ledger, name = await ledger_of(tx), rules.serial_of(certificate)
    server = next((one.entry for one in await standing(tx) if isinstance(one.entry, ServerEntry) and one.key == name), None)
    if isinstance(server, ServerEntry) and rules.serves(certificate, server.url):
        version = next(one.version for one in await standing(tx) if (one.kind, one.key) == ("server", name))
        await register(tx, who, msgspec.structs.replace(server, certificate=pem(certificate), before=server.certificate), replaces=version)
        return "server", name
    await register(tx, who, CertificateEntry(ledger.member(name).code, pem(certificate)))
    return "member", name
