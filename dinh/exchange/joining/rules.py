"""Whether an application or an admission may be believed."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dinh.exchange.joining.contracts import Admission, Application, Certificates, Requests
from dinh.exchange.members import is_part, plain_url
from dinh.kernel.errors import BadSignature, Conflict, Invalid
from dinh.trust import Untrusted, check_issued, key_fingerprint, public_jwk, read_request, verify_jws

Document = TypeVar("Document", Application, Admission)
APPLICATION, ADMISSION = "dinh-application+jws", "dinh-admission+jws"
MOST_BYTES = 256 * 1024
LIFE, AHEAD = timedelta(days=30), timedelta(minutes=5)


def digest_of(token: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def _payload(token: str) -> bytes:
    """Not verified yet: it says itself whose key is to be tried."""
    try:
        payload = token.split(".")[1]
        return base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    except (IndexError, ValueError) as error:
        raise BadSignature("not a signed document") from error


def signer_of(application: Application) -> dict[str, str]:
    """The public key (JWK) that signed it. Raises BadSignature."""
    return public_jwk(read_request(application.requests.signing))


def read_application(token: str, instance: str, now: datetime) -> Application:
    """Raises BadSignature unless it is whole and signed by the key that it asks a certificate for; Invalid for what cannot be of this exchange or is too old."""
    found = _decoded(token, Application)
    verify_jws(token, signer_of(found), APPLICATION)
    keys = [read_request(one) for one in (found.requests.signing, found.requests.sealing, found.requests.tls)]
    if len({tuple(public_jwk(key).items()) for key in keys}) != len(keys):
        raise BadSignature("two certificates are asked for one key")
    if found.instance != instance:
        raise Invalid("exchange.other_instance", instance=found.instance)
    if not now - LIFE < found.made_at < now + AHEAD:
        raise Invalid("exchange.old_application")
    fine = is_part(found.node) and plain_url(found.url) and plain_url(found.pages) and urlsplit(found.url).scheme == "https"
    if not fine or urlsplit(found.url).path not in {"", "/"}:
        raise Invalid("exchange.bad_entry", field="url")
    return found


def _decoded(token: str, kind: type[Document]) -> Document:
    if len(token) > MOST_BYTES:
        raise BadSignature("not a signed document")
    try:
        return msgspec.json.decode(_payload(token), type=kind)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadSignature("not a document of this kind") from error


def read_admission(token: str, fingerprint: str) -> Admission:
    """`fingerprint` is what the registry's operator read out. Raises BadSignature."""
    found = read_kept_admission(token)
    check_fingerprint(key_fingerprint(found.anchor.key), fingerprint)
    return found


def read_kept_admission(token: str) -> Admission:
    """One whose registry was believed before. Raises BadSignature."""
    found = _decoded(token, Admission)
    verify_jws(token, found.anchor.key, ADMISSION)
    return found


def check_fingerprint(own: str, said: str) -> None:
    """Whoever reads it out may group it otherwise. Raises BadSignature, which does not say the right one: it would only be copied."""
    if not hmac.compare_digest(_bare(own), _bare(said)):
        raise BadSignature(
            "the fingerprint that was read out is not of the key that signed this file: it was misread, or the file was exchanged on its way"
        )


def _bare(fingerprint: str) -> bytes:
    return "".join(fingerprint.replace(":", " ").split()).lower().encode()


def check_admission(admission: Admission, application: Application, token: str) -> None:
    """It answers this very application (`token`), and its certificates are of the keys that asked and of its roots. Raises BadSignature, Conflict."""
    if admission.application != digest_of(token):
        raise Conflict("exchange.other_application")
    if admission.anchor.instance != application.instance:
        raise BadSignature(f"an admission to instance {admission.anchor.instance}")
    roots = [x509.load_pem_x509_certificate(one.encode()) for one in admission.roots]
    check_certificates(admission.certificates, application.requests, roots, admission.made_at)


def check_certificates(certificates: Certificates, requests: Requests, roots: list[x509.Certificate], at: datetime) -> None:
    """Raises BadSignature."""
    for name in Requests.__struct_fields__:
        try:
            certificate = x509.load_pem_x509_certificate(getattr(certificates, name).encode())
        except ValueError as error:
            raise BadSignature(f"{name}: not a certificate") from error
        public = certificate.public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey) or public != read_request(getattr(requests, name)):
            raise BadSignature(f"{name}: the certificate is of another key")
        try:
            check_issued(certificate, roots, at)
        except Untrusted as error:
            raise BadSignature(f"{name}: {error}") from error


def serial_of(certificate: x509.Certificate) -> str:
    """Whose it is: the code of a member or node. Empty where it does not say."""
    found = certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    return str(found[0].value) if found else ""


def serves(certificate: x509.Certificate, url: str) -> bool:
    """Whether a listener at this address can show it."""
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    hosts = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    return ExtendedKeyUsageOID.SERVER_AUTH in uses and urlsplit(url).hostname in hosts
