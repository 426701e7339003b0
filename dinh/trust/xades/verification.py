"""Signatures that came back as XML: ours and X-Road's (RSA too), read by structure and never by search.

What is signed is taken from its one place: an Id that occurs twice, a second signature, a transform or an element that nobody expects is refused.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from dinh.kernel.errors import BadSignature
from dinh.trust.hashtree import MESSAGE
from dinh.trust.markup import base64_of, only_text, parse, tag
from dinh.trust.xades import rules
from dinh.trust.xades.contracts import Reference

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ASIC, _DS, _X = (f"{{{space}}}" for space in (rules.ASIC, rules.DS, rules.XADES))
_DIGESTS = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_HASHES: dict[str, hashes.HashAlgorithm] = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
_UNSIGNED = {f"{_X}SignatureTimeStamp", f"{_X}RevocationValues", f"{_X}CertificateValues", f"{_X}CompleteCertificateRefs"}
_MEDIA = {rules.RESULT: rules.RESULT_MEDIA, MESSAGE[0]: rules.MESSAGE_MEDIA, MESSAGE[1]: rules.BODY_MEDIA}
SMALLEST_RSA = 2048


class Signed(msgspec.Struct, frozen=True):
    """A signature whose value and signed properties hold by the certificate inside; not yet over which data, by whom or when."""

    certificate: x509.Certificate
    others: list[x509.Certificate]
    at: dt.datetime
    data: dict[str, tuple[str, bytes]]
    """By URI: hash name and digest."""
    value: bytes
    ocsp: bytes
    stamp: bytes | None
    ours: bool
    """In this platform's own form, which the signature itself covers: everything around it must then be in its one form too."""


def read_signature(data: bytes) -> Signed:
    """Raises BadSignature for anything unexpected, and for a signature that does not hold. An own signature is compared byte for byte."""
    root = parse(data)
    _check_ids(root)
    signature = _only(root, f"{_DS}Signature") if tag(root) == f"{_ASIC}XAdESSignatures" else _named(root, f"{_DS}Signature")
    info, value, key_info, holder = _children(signature, "SignedInfo", "SignatureValue", "KeyInfo", "Object")
    certificate = _certificate(base64_of(_only(_only(key_info, f"{_DS}X509Data"), f"{_DS}X509Certificate")))
    qualifying = _only(holder, f"{_X}QualifyingProperties")
    if qualifying.get("Target") != f"#{signature.get('Id')}" or [tag(one) for one in qualifying] != [
        f"{_X}SignedProperties",
        f"{_X}UnsignedProperties",
    ]:
        raise BadSignature("the qualifying properties are of another signature, or incomplete")
    canonical, method, references = _read_info(info)
    signed = _canonical(info, exclusive=canonical == EXCLUSIVE)
    _check_value(certificate, method, signed, base64_of(value))
    data_of = _read_references(references, qualifying[0])
    at = _read_properties(qualifying[0], certificate)
    stamp, ocsp, others = _read_unsigned(_only(qualifying[1], f"{_X}UnsignedSignatureProperties"))
    found = Signed(certificate, others, at, data_of, base64_of(value), ocsp, stamp, ours=False)
    return _own(found, method, signed, data)


def _own(found: Signed, method: str, signed: bytes, data: bytes) -> Signed:
    """Ours if the signed bytes are those of our template; then the document must be ours to the last byte."""
    algorithm = next((name for name, uri in rules.METHODS.items() if uri == method), None)
    key = found.certificate.public_key()
    if algorithm is None or not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != rules.CURVE:
        return found
    references = [Reference(uri, digest, _MEDIA.get(uri, "")) for uri, (_, digest) in found.data.items()]
    frame = rules.frame(found.certificate)
    if rules.to_sign(frame, algorithm, found.at, references) != signed:
        return found
    unsigned = rules.unsigned_properties(found.ocsp, found.stamp)
    if rules.document(frame, algorithm, found.at, references, found.value, unsigned) != data:
        raise BadSignature("the signature's document is not in the form in which it was written")
    return msgspec.structs.replace(found, ours=True)


def _check_ids(root: etree._Element) -> None:
    """No Id twice, under whatever spelling; no attribute of the xml namespace, which canonical XML would carry into what is signed."""
    seen: set[str] = set()
    for element in root.iter():
        for name, value in element.items():
            if str(name).startswith("{"):
                raise BadSignature(f"the attribute {name} is not expected")
            if str(name).lower() == "id":
                if value in seen:
                    raise BadSignature(f"the Id {value} occurs twice")
                seen.add(str(value))


def _read_info(info: etree._Element) -> tuple[str, str, list[etree._Element]]:
    names = [tag(one) for one in info]
    if names[:2] != [f"{_DS}CanonicalizationMethod", f"{_DS}SignatureMethod"] or set(names[2:]) != {f"{_DS}Reference"}:
        raise BadSignature("SignedInfo has another form")
    canonical, method = (_algorithm(one) for one in info[:2])
    if canonical not in {rules.C14N, EXCLUSIVE}:
        raise BadSignature(f"the canonical form {canonical} is not taken")
    return canonical, method, list(info[2:])


def _read_references(references: list[etree._Element], properties: etree._Element) -> dict[str, tuple[str, bytes]]:
    """The digests of data. That of the signed properties, which there must be once, is checked."""
    found: dict[str, tuple[str, bytes]] = {}
    checked = 0
    for reference in references:
        uri = str(reference.get("URI"))
        is_properties = reference.get("Type") == rules.PROPERTIES_TYPE
        exclusive, name, digest = _read_reference(reference, transformed=is_properties)
        if is_properties:
            if uri != f"#{properties.get('Id')}" or hashlib.new(name, _canonical(properties, exclusive=exclusive)).digest() != digest:
                raise BadSignature("the signed properties are not what was signed")
            checked += 1
        elif uri in found or uri not in _MEDIA:
            raise BadSignature(f"the signature refers to {uri}, or twice")
        else:
            found[uri] = name, digest
    if checked != 1:
        raise BadSignature("the signature does not cover its properties once")
    return found


def _read_reference(reference: etree._Element, *, transformed: bool) -> tuple[bool, str, bytes]:
    parts = list(reference)
    exclusive = False
    if transformed and parts and tag(parts[0]) == f"{_DS}Transforms":
        name = _algorithm(_only(parts.pop(0), f"{_DS}Transform"))
        if name not in {rules.C14N, EXCLUSIVE}:
            raise BadSignature(f"the transform {name} is not taken")
        exclusive = name == EXCLUSIVE
    if [tag(one) for one in parts] != [f"{_DS}DigestMethod", f"{_DS}DigestValue"]:
        raise BadSignature("a reference of the signature has transforms, or another form")
    return exclusive, _digest_name(parts[0]), base64_of(parts[1])


def _read_properties(properties: etree._Element, certificate: x509.Certificate) -> dt.datetime:
    """The signing time; the certificate must be the one that is named."""
    own = properties[0] if len(properties) else properties
    names = [tag(one) for one in own]
    if tag(own) != f"{_X}SignedSignatureProperties" or names[:1] != [f"{_X}SigningTime"] or len(names) < 2:  # noqa: PLR2004
        raise BadSignature("the signed properties have another form")
    if names[1] not in {f"{_X}SigningCertificate", f"{_X}SigningCertificateV2"}:
        raise BadSignature("the signature does not name its certificate")
    digest = next(iter(_only(own[1], f"{_X}Cert")), None)
    if digest is None or tag(digest) != f"{_X}CertDigest":
        raise BadSignature("the signature does not name its certificate's digest")
    method, value = _children(digest, "DigestMethod", "DigestValue")
    if hashlib.new(_digest_name(method), certificate.public_bytes(Encoding.DER)).digest() != base64_of(value):
        raise BadSignature("the signature was made by another certificate")
    return _moment(only_text(own[0]))


def _read_unsigned(properties: etree._Element) -> tuple[bytes | None, bytes, list[x509.Certificate]]:
    stamps, answers, others = [], [], []
    for one in properties:
        if tag(one) not in _UNSIGNED:
            raise BadSignature(f"{tag(one)} is not expected beside the signature")
        if tag(one) == f"{_X}SignatureTimeStamp":
            stamps.append(base64_of(one[-1]) if len(one) and tag(one[-1]) == f"{_X}EncapsulatedTimeStamp" else b"")
        elif tag(one) == f"{_X}RevocationValues":
            answers += [base64_of(value) for value in _only(one, f"{_X}OCSPValues")]
        elif tag(one) == f"{_X}CertificateValues":
            others += [_certificate(base64_of(value)) for value in one]
    if len(stamps) > 1 or len(answers) != 1:
        raise BadSignature("the signature has several timestamps, or not one OCSP response")
    return (stamps[0] if stamps else None), answers[0], others


def _check_value(certificate: x509.Certificate, method: str, data: bytes, value: bytes) -> None:
    key = certificate.public_key()
    kind, _, name = method.removeprefix(_MORE).partition("-")
    if not method.startswith(_MORE) or name not in _HASHES:
        raise BadSignature(f"the signature method {method} is not taken")
    try:
        if kind == "rsa" and isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA:
            key.verify(value, data, padding.PKCS1v15(), _HASHES[name])
        elif kind == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey) and len(value) == 2 * ((key.key_size + 7) // 8):
            half = len(value) // 2
            der = utils.encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
            key.verify(der, data, ec.ECDSA(_HASHES[name]))
        else:
            raise BadSignature(f"the signature method {method} does not fit the key of the certificate")
    except InvalidSignature as error:
        raise BadSignature("the signature does not hold") from error


def _canonical(element: etree._Element, *, exclusive: bool) -> bytes:
    return bytes(etree.tostring(element, method="c14n", exclusive=exclusive, with_comments=False))


def _certificate(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError as error:
        raise BadSignature("a certificate cannot be read") from error


def _moment(text: str) -> dt.datetime:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", text):
        raise BadSignature("the signing time is not a time with its zone")
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise BadSignature("the signing time does not exist") from error


def _digest_name(element: etree._Element) -> str:
    name = _DIGESTS.get(_algorithm(element))
    if name is None:
        raise BadSignature(f"the digest method {element.get('Algorithm')} is not taken")
    return name


def _algorithm(element: etree._Element) -> str:
    if set(element.keys()) != {"Algorithm"} or only_text(element).strip():
        raise BadSignature(f"{tag(element)} has more than an algorithm")
    return str(element.get("Algorithm"))


def _named(element: etree._Element, name: str) -> etree._Element:
    if tag(element) != name:
        raise BadSignature(f"{tag(element)} stands where {name} belongs")
    return element


def _only(element: etree._Element, name: str) -> etree._Element:
    """The one child."""
    if [tag(one) for one in element] != [name]:
        raise BadSignature(f"{tag(element)} does not have one {name} inside")
    return element[0]


def _children(element: etree._Element, *names: str) -> Iterable[etree._Element]:
    if [tag(one) for one in element] != [f"{_DS}{name}" for name in names]:
        raise BadSignature(f"{tag(element)} has {[tag(one) for one in element]} inside")
    return list(element)
