"""Tokens that came back: the signature by pyHanko, the form by us.

A token is not covered by any other signature, so what a CMS reader may overlook is compared here: one signer, nothing unsigned, DER to the last byte.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence

from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation, get_signing_cert_attr, validate_sig_integrity

from dinh.kernel.errors import BadSignature
from dinh.trust.der import check_der
from dinh.trust.paths import Untrusted, check_path, of_asn1
from dinh.trust.timestamps.contracts import Stamp
from dinh.trust.timestamps.rules import SIZES

SKEW = dt.timedelta(minutes=5)
"""By which clocks may differ."""
_SCHEMES = {"ecdsa", "rsassa_pkcs1v15"}


async def verify_token(token: bytes, digest: bytes, roots: Sequence[x509.Certificate], at: dt.datetime) -> Stamp:
    """Raises BadSignature unless the token (DER) stamps this SHA-256 or SHA-512 digest, Untrusted if no root leads to its authority.

    The authority's certificate is judged at the token's own time, which must not be after `at`, the time of the reader.
    """
    stamp = await imprint_of(token, lambda _: digest, roots, at)
    if stamp.untrusted:
        raise Untrusted(stamp.untrusted)
    return stamp


async def imprint_of(token: bytes, digest: Callable[[str], bytes], roots: Sequence[x509.Certificate], at: dt.datetime) -> Stamp:
    """The same for `digest(hash name)`, but an authority that is not ours is told in the stamp instead of raised."""
    try:
        return await _read(token, digest, roots, at)
    except BadSignature:
        raise
    except Exception as error:  # damaged DER makes the reader fail in any way it likes
        raise BadSignature(f"the timestamp cannot be read: {error}") from error


async def _read(token: bytes, digest: Callable[[str], bytes], roots: Sequence[x509.Certificate], at: dt.datetime) -> Stamp:
    check_der(token)
    content = cms.ContentInfo.load(token, strict=True)
    if content["content_type"].native != "signed_data":
        raise BadSignature("the timestamp is not a signed CMS message")
    signed = content["content"]
    info: tsp.TSTInfo = signed["encap_content_info"]["content"].parsed
    _check_form(signed, info)
    own = _signer(signed)
    moment: dt.datetime = info["gen_time"].native
    if moment > at + SKEW:
        raise BadSignature("the timestamp is of the future")
    _check_imprint(info, digest)
    certificate, others = of_asn1(own), [of_asn1(one.chosen) for one in signed["certificates"]]
    untrusted = await _distrust(certificate, others, roots, moment)
    return Stamp(moment, info["serial_number"].native, info["policy"].dotted, certificate.subject.rfc4514_string(), untrusted)


def _signer(signed: cms.SignedData) -> asn1_x509.Certificate:
    """The certificate by which the signature holds; the signature covers a digest of it."""
    certificate, signer = extract_certs_for_validation(signed).signer_cert, signed["signer_infos"][0]
    _check_identity(signer["sid"], certificate)
    if get_signing_cert_attr(signer["signed_attrs"]) is None:
        raise BadSignature("the timestamp does not sign its certificate")
    content = signed["encap_content_info"]["content"].contents
    digest = hashlib.new(signer["digest_algorithm"]["algorithm"].native, content).digest()
    intact, valid = validate_sig_integrity(signer, certificate, "tst_info", digest)
    if not intact or not valid:
        raise BadSignature("the timestamp's signature does not hold")
    return certificate


def _check_imprint(info: tsp.TSTInfo, digest: Callable[[str], bytes]) -> None:
    name, imprint = (info["message_imprint"][field] for field in ("hash_algorithm", "hashed_message"))
    algorithm = name["algorithm"].native
    if algorithm not in SIZES or len(imprint.native) != SIZES[algorithm] or imprint.native != digest(algorithm):
        raise BadSignature("the timestamp is not over this")


async def _distrust(certificate: x509.Certificate, others: list[x509.Certificate], roots: Sequence[x509.Certificate], at: dt.datetime) -> str | None:
    uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    if not uses.critical or list(uses.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise BadSignature("the timestamp's certificate is not one for timestamps alone")
    try:
        await check_path(certificate, others, roots, at, usage=set(), extended="time_stamping")
    except Untrusted as error:
        return str(error)
    return None


def _check_identity(named: cms.SignerIdentifier, certificate: asn1_x509.Certificate) -> None:
    """By bytes: names that differ in case are equal to X.509, and this one is not signed."""
    if named.name != "issuer_and_serial_number" or named.chosen["issuer"].dump() != certificate.issuer.dump():
        raise BadSignature("the timestamp names another signer than it brings")


def _check_form(signed: cms.SignedData, info: tsp.TSTInfo) -> None:
    """What the signature does not cover has one form only."""
    if signed["version"].native != "v3" or info["version"].native != "v1" or len(signed["signer_infos"]) != 1:
        raise BadSignature("the timestamp has another form: version, or number of signers")
    signer = signed["signer_infos"][0]
    if signer["version"].native != "v1" or signer["unsigned_attrs"].native or signed["crls"].native:
        raise BadSignature("the timestamp carries something unsigned")
    algorithm, scheme = signer["digest_algorithm"], signer["signature_algorithm"]
    if [one.dump() for one in signed["digest_algorithms"]] != [algorithm.dump()] or algorithm["algorithm"].native not in SIZES:
        raise BadSignature("the timestamp names other digests than it uses")
    if scheme.signature_algo not in _SCHEMES or scheme["parameters"].native is not None or algorithm["parameters"].native is not None:
        raise BadSignature(f"the timestamp is signed by {scheme['algorithm'].native}")
    if not signed["certificates"] or any(one.name != "certificate" for one in signed["certificates"]):
        raise BadSignature("the timestamp does not bring its certificate")
