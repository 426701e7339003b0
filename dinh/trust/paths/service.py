"""RFC 5280 paths by pyHanko's validator. Nothing is fetched; revocation is the OCSP response's matter."""

import datetime as dt
from collections.abc import Iterable, Sequence

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko_certvalidator import CertificateValidator, ValidationContext

from dinh.kernel.errors import BadSignature


class Untrusted(BadSignature):
    """What was signed may be whole; that the signer is who the certificate says is not proved."""


async def check_path(
    certificate: x509.Certificate,
    others: Iterable[x509.Certificate],
    roots: Sequence[x509.Certificate],
    at: dt.datetime,
    *,
    usage: set[str],
    extended: str | None = None,
) -> None:
    """Raises Untrusted unless a path from a root was valid `at` that moment, for this key usage and, where one is named, extended usage.

    `others` are certificates that may stand between. Usages are asn1crypto's names: `non_repudiation`, `ocsp_signing`.
    """
    try:
        context = ValidationContext(
            trust_roots=[to_asn1(root) for root in roots], other_certs=[to_asn1(one) for one in others], moment=at, allow_fetching=False,
            revocation_mode="soft-fail",
        )  # fmt: skip
        validator = CertificateValidator(to_asn1(certificate), validation_context=context)
        await validator.async_validate_usage(usage, {extended} if extended else None)
    except Exception as error:  # beside its own errors, a damaged certificate makes the library fail in any way it likes
        raise Untrusted(f"no way leads from a trusted authority to this certificate: {error}") from error


def check_issued(certificate: x509.Certificate, roots: Iterable[x509.Certificate], at: dt.datetime) -> None:
    """Raises Untrusted unless it is in force `at` that moment, and one of the roots itself has issued it."""
    if not certificate.not_valid_before_utc <= at < certificate.not_valid_after_utc:
        raise Untrusted("the certificate is not in force")
    if not any(_issued(certificate, root) for root in roots):
        raise Untrusted("the certificate is of no authority that counts here")


def _issued(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def to_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def of_asn1(certificate: asn1_x509.Certificate) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate.dump())
