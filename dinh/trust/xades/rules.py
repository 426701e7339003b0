"""The text of a signature, written so that it is its own canonical form.

Canonical XML 1.0 (inclusive) of an element renders the namespaces in scope on it, sorted by prefix, before its attributes, sorted by name; tags are
written in full, and there is no space between them. So the canonical form of SignedInfo and of SignedProperties is their text in the document with
the namespaces of the root put into the first tag. Profile and policy: "Profile for High-Performance Digital Signatures", version 1.2; layout of
X-Road: references to the data first, to the signed properties last.
"""

import datetime as dt
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha512
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from dinh.kernel.errors import BadSignature
from dinh.trust.hashtree import MESSAGE, SIGNATURE_CHAIN, hash_chain_result
from dinh.trust.xades.contracts import Algorithm, Reference

ASIC, DS, XADES = "http://uri.etsi.org/02918/v1.2.1#", "http://www.w3.org/2000/09/xmldsig#", "http://uri.etsi.org/01903/v1.3.2#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
METHODS: dict[Algorithm, str] = {
    "ecdsa-sha256": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "ecdsa-sha512": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
}
PROPERTIES_TYPE = "http://uri.etsi.org/01903#SignedProperties"
RESULT = SIGNATURE_CHAIN.replace("chain", "chainresult")
RESULT_MEDIA, MESSAGE_MEDIA, BODY_MEDIA = "application/hash-chain-result", "text/xml", "application/octet-stream"
CURVE = "secp256r1"

_SPACES = f' xmlns:asic="{ASIC}" xmlns:ds="{DS}" xmlns:xades="{XADES}"'
_POLICY = (
    "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId><xades:SigPolicyId>"
    '<xades:Identifier Qualifier="OIDAsURN">urn:oid:1.3.6.1.4.1.3516.16.2</xades:Identifier>'
    "<xades:Description>Profile for High Performance Digital Signatures (version 1.2)</xades:Description></xades:SigPolicyId>"
    f'<xades:SigPolicyHash><ds:DigestMethod Algorithm="{SHA512}"></ds:DigestMethod><ds:DigestValue>'
    "BuO0EDNfkxSVlUbxCzmQPzX1AUF1/xx9ytWHk3/6SAOePxQiniEfDYk+90QeYb3lWpV3Izhuz9fKaYyE+lTcXw==</ds:DigestValue></xades:SigPolicyHash>"
    "<xades:SigPolicyQualifiers><xades:SigPolicyQualifier><xades:SPURI>https://repo.cyber.ee/dsig-profile-1.2.pdf</xades:SPURI>"
    "</xades:SigPolicyQualifier></xades:SigPolicyQualifiers></xades:SignaturePolicyId></xades:SignaturePolicyIdentifier>"
)


class Frame(NamedTuple):
    """What all signatures of one certificate have in common."""

    digest: bytes
    key: ec.EllipticCurvePublicKey
    valid_from: dt.datetime
    valid_until: dt.datetime
    before_time: str
    after_time: str
    text: str


@lru_cache(maxsize=4096)
def frame(certificate: x509.Certificate) -> Frame:
    """Raises BadSignature for a certificate whose key is not on P-256."""
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != CURVE:
        raise BadSignature("the key of the certificate is not on P-256")
    der = certificate.public_bytes(Encoding.DER)
    digest = sha512(der).digest()
    before = "<xades:SignedSignatureProperties><xades:SigningTime>"
    after = (
        "</xades:SigningTime><xades:SigningCertificate><xades:Cert><xades:CertDigest>"
        f'<ds:DigestMethod Algorithm="{SHA512}"></ds:DigestMethod><ds:DigestValue>{_b64(digest)}</ds:DigestValue></xades:CertDigest>'
        f"<xades:IssuerSerial><ds:X509IssuerName>{_escape(certificate.issuer.rfc4514_string())}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{certificate.serial_number}</ds:X509SerialNumber></xades:IssuerSerial></xades:Cert></xades:SigningCertificate>"
        f"{_POLICY}</xades:SignedSignatureProperties>"
    )
    return Frame(digest, key, certificate.not_valid_before_utc, certificate.not_valid_after_utc, before, after, _b64(der))


def batch_references(root: bytes) -> tuple[Reference, ...]:
    """A batch signs the document that names its root."""
    return (Reference(RESULT, sha512(hash_chain_result(root)).digest(), RESULT_MEDIA),)


def message_references(digest: bytes, body: bytes | None) -> tuple[Reference, ...]:
    """A message signed by itself: the SHA-512 of it and of its body, if it has one."""
    message = Reference(MESSAGE[0], digest, MESSAGE_MEDIA)
    return (message,) if body is None else (message, Reference(MESSAGE[1], body, BODY_MEDIA))


def signed_properties(own: Frame, at: dt.datetime, references: Sequence[Reference], spaces: str = "") -> str:
    formats = "".join(
        f'<xades:DataObjectFormat ObjectReference="#signature-reference-{number}"><xades:MimeType>{item.media}</xades:MimeType></xades:DataObjectFormat>'
        for number, item in enumerate(references)
    )
    return (
        f'<xades:SignedProperties{spaces} Id="signed-properties">{own.before_time}{_moment(at)}{own.after_time}'
        f"<xades:SignedDataObjectProperties>{formats}</xades:SignedDataObjectProperties></xades:SignedProperties>"
    )


def signed_info(algorithm: Algorithm, references: Sequence[Reference], properties: bytes, spaces: str = "") -> str:
    """`properties` is the digest of the canonical signed properties."""
    lines = [_reference(number, f'URI="{item.uri}"', item.digest) for number, item in enumerate(references)]
    lines.append(_reference(len(references), f'Type="{PROPERTIES_TYPE}" URI="#signed-properties"', properties))
    return (
        f'<ds:SignedInfo{spaces}><ds:CanonicalizationMethod Algorithm="{C14N}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{METHODS[algorithm]}"></ds:SignatureMethod>{"".join(lines)}</ds:SignedInfo>'
    )


def to_sign(own: Frame, algorithm: Algorithm, at: dt.datetime, references: Sequence[Reference]) -> bytes:
    """The canonical SignedInfo: what the signature value is over."""
    properties = sha512(signed_properties(own, at, references, _SPACES).encode()).digest()
    return signed_info(algorithm, references, properties, _SPACES).encode()


def document(own: Frame, algorithm: Algorithm, at: dt.datetime, references: Sequence[Reference], value: bytes, unsigned: str) -> bytes:
    properties = signed_properties(own, at, references)
    info = signed_info(algorithm, references, sha512(signed_properties(own, at, references, _SPACES).encode()).digest())
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        f'<asic:XAdESSignatures{_SPACES}><ds:Signature Id="signature">{info}'
        f'<ds:SignatureValue Id="signature-value">{_b64(value)}</ds:SignatureValue>'
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{own.text}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        f'<ds:Object><xades:QualifyingProperties Target="#signature">{properties}{unsigned}</xades:QualifyingProperties></ds:Object>'
        "</ds:Signature></asic:XAdESSignatures>"
    ).encode()


def unsigned_properties(ocsp: bytes, timestamp: bytes | None) -> str:
    """The revocation answer of the certificate, and the timestamp of the signature value unless a batch of signatures was stamped."""
    stamp = ""
    if timestamp is not None:
        stamp = f"<xades:SignatureTimeStamp><xades:EncapsulatedTimeStamp>{_b64(timestamp)}</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>"
    return (
        f"<xades:UnsignedProperties><xades:UnsignedSignatureProperties>{stamp}<xades:RevocationValues><xades:OCSPValues>"
        f'<xades:EncapsulatedOCSPValue Id="ocsp-response-1">{_b64(ocsp)}</xades:EncapsulatedOCSPValue></xades:OCSPValues></xades:RevocationValues>'
        "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
    )


def _reference(number: int, attributes: str, digest: bytes) -> str:
    return (
        f'<ds:Reference Id="signature-reference-{number}" {attributes}><ds:DigestMethod Algorithm="{SHA512}"></ds:DigestMethod>'
        f"<ds:DigestValue>{_b64(digest)}</ds:DigestValue></ds:Reference>"
    )


def _b64(data: bytes) -> str:
    return b64encode(data).decode()


def _moment(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _escape(text: str) -> str:
    """As canonical XML writes text. A name with control characters cannot stand in XML at all."""
    if any(letter < " " for letter in text):
        raise BadSignature("the issuer's name has control characters")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
