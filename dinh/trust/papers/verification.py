"""Checks the signatures of a paper that came back to us."""

import datetime as dt
from collections.abc import Sequence
from io import BytesIO

import msgspec
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from dinh.kernel.errors import BadSignature
from dinh.trust.papers.signing import to_asn1


class PaperRejected(BadSignature):
    """The paper is not what was signed, or was not signed by someone we trust."""


class Finding(msgspec.Struct, frozen=True):
    """A signature that holds.  `signed_at` is the signer's own word (no timestamp); `issuer` and the days are of the certificate."""

    field: str
    signer: str
    organisation: str | None
    post: str | None
    serial: int
    signed_at: dt.datetime | None
    covers_whole_file: bool
    issuer: str
    valid_from: dt.datetime
    valid_until: dt.datetime


async def verify(
    pdf: bytes,
    trust_roots: Sequence[x509.Certificate],
    crls: Sequence[x509.CertificateRevocationList] = (),
    moment: dt.datetime | None = None,
) -> list[Finding]:
    """The signatures, oldest first; raises `PaperRejected` unless every one of them holds.

    The last signature must cover the file to its last byte.  With `crls` a certificate
    without revocation information is refused too.
    """
    try:
        signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
        findings = [await _check(item, _context(trust_roots, crls, moment)) for item in signatures]
    except PaperRejected:
        raise
    except Exception as error:  # a damaged file makes the parser fail in any way it likes
        raise PaperRejected(f"the paper cannot be read: {error}") from error
    if not findings:
        raise PaperRejected("the paper has no signature")
    if not findings[-1].covers_whole_file:
        raise PaperRejected("something was added after the last signature")
    return findings


async def _check(signature: EmbeddedPdfSignature, context: ValidationContext) -> Finding:
    status = await async_validate_pdf_signature(signature, context)
    reason = _objection(status) or _smuggled(signature)
    if reason:
        raise PaperRejected(f"{signature.field_name}: {reason}")
    return _finding(signature, status)


def _objection(status: PdfSignatureStatus) -> str | None:
    """The first reason not to believe a signature, the gravest first."""
    if not status.intact:
        return "the signed bytes were changed"
    if not status.valid:
        return "the signature value is wrong"
    if not status.trusted:
        return f"the certificate is not trusted ({status.trust_problem_indic})"
    if status.coverage is None or status.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        return "the signature does not cover its revision"
    if not status.docmdp_ok or status.modification_level == ModificationLevel.OTHER:
        return "a change after signing is not a signature"
    return None if status.bottom_line else "the signature does not hold"


def _smuggled(signature: EmbeddedPdfSignature) -> str | None:
    """The room reserved for a signature is not signed; beyond the signature it must be empty."""
    content = signature.pkcs7_content
    used = len(cms.ContentInfo.load(content).dump())
    return "there are bytes behind the signature" if any(content[used:]) else None


def _finding(signature: EmbeddedPdfSignature, status: PdfSignatureStatus) -> Finding:
    certificate = status.signing_cert
    subject: dict[str, str] = certificate.subject.native
    return Finding(
        field=signature.field_name,
        signer=subject["common_name"],
        organisation=subject.get("organization_name"),
        post=subject.get("title"),
        serial=certificate.serial_number,
        signed_at=status.signer_reported_dt,
        covers_whole_file=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        issuer=certificate.issuer.native.get("common_name", certificate.issuer.human_friendly),
        valid_from=certificate.not_valid_before,
        valid_until=certificate.not_valid_after,
    )


def _context(
    roots: Sequence[x509.Certificate],
    crls: Sequence[x509.CertificateRevocationList],
    moment: dt.datetime | None,
) -> ValidationContext:
    return ValidationContext(
        trust_roots=[to_asn1(root) for root in roots],
        crls=[crl.public_bytes(Encoding.DER) for crl in crls],
        revocation_mode="require" if crls else "soft-fail",
        allow_fetching=False,
        moment=moment,
    )
