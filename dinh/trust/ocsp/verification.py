"""Answers that came back."""

import datetime as dt
from collections.abc import Sequence

from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from dinh.kernel.errors import BadSignature
from dinh.trust.der import check_der
from dinh.trust.ocsp.rules import key_hash, key_name, name_hash
from dinh.trust.paths import Untrusted, check_path

SKEW = dt.timedelta(minutes=5)


class Standing:
    """A readable answer whose signature holds by the certificate inside; not yet by whom it was signed, nor what it says."""

    def __init__(self, response: ocsp.OCSPResponse, responder: x509.Certificate) -> None:
        self.response = response
        self.responder = responder

    @property
    def made(self) -> dt.datetime:
        return self.response.this_update_utc

    @property
    def until(self) -> dt.datetime | None:
        return self.response.next_update_utc

    def check_good(self, certificate: x509.Certificate, at: dt.datetime) -> None:
        """Raises BadSignature unless it says that this certificate was good, before or at `at`."""
        told = self.response
        if told.serial_number != certificate.serial_number:
            raise BadSignature("the OCSP response is about another certificate")
        if told.certificate_status is not ocsp.OCSPCertStatus.GOOD:
            raise BadSignature(f"the OCSP response says that the certificate is {told.certificate_status.name.lower()}")
        if self.made > at + SKEW:
            raise BadSignature("the OCSP response is of the future")
        if self.until is not None and self.until < self.made:
            raise BadSignature("the OCSP response ends before it begins")

    async def check_responder(self, certificate: x509.Certificate, roots: Sequence[x509.Certificate]) -> None:
        """Raises Untrusted unless an issuer among the roots is the certificate's, is the one asked about, and let this responder answer."""
        told = self.response
        issuers = [root for root in roots if root.subject == certificate.issuer and _names(told, root)]
        for issuer in issuers:
            if self.responder == issuer:
                return
            if self.responder.issuer == issuer.subject:
                await check_path(self.responder, [], [issuer], self.made, usage=set(), extended="ocsp_signing")
                return
        raise Untrusted("the OCSP response is not by the certificate's issuer, nor by whom the issuer lets answer")


def read_response(data: bytes) -> Standing:
    """Raises BadSignature for what is not a whole, signed answer about one certificate."""
    try:
        return _read(data)
    except BadSignature:
        raise
    except Exception as error:  # damaged DER makes the readers fail in any way they like
        raise BadSignature(f"the OCSP response cannot be read: {error}") from error


async def verify_response(data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, at: dt.datetime) -> Standing:
    """Raises BadSignature unless the response says that the certificate is good, and holds at this moment."""
    standing = read_response(data)
    standing.check_good(certificate, at)
    if standing.until is not None and at > standing.until + SKEW:
        raise BadSignature("the OCSP response is too old")
    await standing.check_responder(certificate, [issuer])
    return standing


def _read(data: bytes) -> Standing:
    check_der(data)
    response = ocsp.load_der_ocsp_response(data)
    whole = asn1_ocsp.OCSPResponse.load(data, strict=True)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise BadSignature("the OCSP response is an error")
    if len(response.certificates) != 1 or len(list(response.responses)) != 1:
        raise BadSignature("the OCSP response has several answers or certificates")
    responder = response.certificates[0]
    _check_form(whole)
    check_der(whole["response_bytes"]["response"].contents)
    _check_signature(responder, response)
    _check_identity(whole, responder)
    if list(responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) != [ExtendedKeyUsageOID.OCSP_SIGNING]:
        raise BadSignature("the OCSP response is not by a responder")
    # The library reads late: what is damaged must be seen here.
    _ = response.this_update_utc, response.next_update_utc, response.certificate_status, response.serial_number
    _ = responder.issuer, responder.subject, responder.not_valid_before_utc, responder.not_valid_after_utc
    return Standing(response, responder)


def _check_form(whole: asn1_ocsp.OCSPResponse) -> None:
    """The algorithm is named outside of what is signed: it has one form."""
    scheme = whole["response_bytes"]["response"].parsed["signature_algorithm"]
    if scheme["parameters"].native is not None:
        raise BadSignature("the OCSP response is signed with parameters that are not taken")


def _check_signature(responder: x509.Certificate, response: ocsp.OCSPResponse) -> None:
    algorithm, key = response.signature_hash_algorithm, responder.public_key()
    if not isinstance(algorithm, hashes.SHA256 | hashes.SHA384 | hashes.SHA512):
        raise BadSignature("the OCSP response is signed over a digest that is not taken")
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        else:
            raise BadSignature("the OCSP response is signed by a key of a kind that is not taken")
    except InvalidSignature as error:
        raise BadSignature("the OCSP response's signature does not hold") from error


def _check_identity(whole: asn1_ocsp.OCSPResponse, responder: x509.Certificate) -> None:
    told = whole["response_bytes"]["response"].parsed["tbs_response_data"]["responder_id"]
    same = told.native == key_name(responder) if told.name == "by_key" else told.chosen.untag().dump() == responder.subject.public_bytes()
    if not same:
        raise BadSignature("the OCSP response names another responder than it brings")


def _names(told: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    algorithm = told.hash_algorithm
    return (told.issuer_name_hash, told.issuer_key_hash) == (name_hash(issuer, algorithm), key_hash(issuer, algorithm))
