"""Every certificate that a node depends on, and the alarm as one comes to its end."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from dinh.app.certificates import rules
from dinh.app.certificates.contracts import CertificateEnding, Known
from dinh.app.signatures import trusted_roots
from dinh.exchange import Held
from dinh.kernel import events
from dinh.kernel.caller import system
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx
from dinh.trust import Expiry, kept_until, pem

WHO = system("certificates")
PERSON = "person"


async def certificates_of(tx: ReadTx) -> list[Known]:
    """The first to end first: those kept by handle, those of the configuration, and the roots. Members' are judged by what others believe."""
    kept = await kept_until(tx)
    found = [Known(one.until, *_parts(one.handle)) for one in kept if not one.handle.startswith(("person.", "member."))]
    persons = [one.until for one in kept if one.handle.startswith("person.")]
    found += [Known(min(persons), PERSON, "")] if persons else []
    registered = list(_registered(tx.node))
    members = {one.name.lower() for one in registered if one.kind == "member"}
    found += [Known(one.until, *_parts(one.handle)) for one in kept if one.handle.startswith("member.") and _parts(one.handle)[1] not in members]
    roots = [_read(pem(root)) for root in trusted_roots(tx.node.settings)]
    return rules.latest([*found, *registered, *(Known(until, "authority", name, digest) for until, digest, name in roots)])


def _registered(node: Node) -> Iterator[Known]:
    """By the configuration that this node holds, also one that has run out."""
    membership = node.part(Held).membership if "exchange" in node.plan.rooms else None
    if membership is None:
        return
    configuration = membership.configuration
    for one in configuration.certificates:
        until, digest, _ = _read(one.pem)
        yield Known(until, "member", one.member, digest)
    for kind, pems in (("authority", configuration.authorities), ("tsa", configuration.timestampers)):
        for until, digest, name in map(_read, pems):
            yield Known(until, kind, name.removeprefix("TSA "), digest)


@lru_cache(maxsize=10_000)
def _read(text: str) -> tuple[datetime, str, str]:
    """When it ends, its digest, and the common name of whom it is for."""
    certificate = x509.load_pem_x509_certificate(text.encode())
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    name = str(found[0].value) if found else certificate.subject.rfc4514_string()
    return certificate.not_valid_after_utc, certificate.fingerprint(hashes.SHA256()).hex()[:16], name


def _parts(handle: str) -> tuple[str, str]:
    kind, _, name = handle.partition(".")
    return kind, name


def soonest(known: Iterable[Known]) -> list[Expiry]:
    """By kind how many there are, and when the first of them ends."""
    found: dict[str, Expiry] = {}
    for one in sorted(known, key=lambda one: (one.kind, one.until)):
        first = found.get(one.kind, Expiry(one.kind, 0, one.until))
        found[one.kind] = Expiry(one.kind, first.count + 1, first.soonest)
    return list(found.values())


async def alarm(node: Node) -> int:
    """One event as each threshold is passed, however often this looks; how many were said now."""
    said = 0
    async with node.write(WHO) as tx:
        for one in await certificates_of(tx):
            passed = rules.threshold(one.until, tx.now)
            if passed is None:
                break
            # A renewed one ends later: its thresholds are its own.
            subject = f"certificate:{one.kind}:{one.until:%Y%m%d%H%M%S}:{one.digest}"
            told = [found.days for event in await events.read_history(tx, subject) if isinstance(found := event.read(), CertificateEnding)]
            if passed < min(told, default=passed + 1):
                await events.append(tx, WHO, subject, CertificateEnding(kind=one.kind, name=one.name, days=passed))
                said += 1
    return said
