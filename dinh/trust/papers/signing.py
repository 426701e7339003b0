"""PAdES B-B signatures on finished papers, made by keys that stay in the signer.

A paper is signed by the officer first; the agency's seal then covers the officer's
signature.  Each signature is an incremental update: the bytes below it never change.
"""

import hashlib
from io import BytesIO

import msgspec
from asn1crypto import x509 as asn1_x509
from asn1crypto.algos import SignedDigestAlgorithm
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from dinh.trust.signer import ALGORITHM, SignerClient


class Ticket(msgspec.Struct, frozen=True):
    """What the official confirmed: a ticket of the identity provider for the hash of one decision."""

    token: str
    subject: str


_LONGEST_DER = 72
_OFF_PAGE = InvisSigSettings(set_print_flag=True, set_hidden_flag=False, box_out_of_bounds=True)


class Party(msgspec.Struct, frozen=True):
    """Who signs: a key, its certificate, and for a person the ticket that opens the key."""

    handle: str
    certificate: x509.Certificate
    ticket: Ticket | None = None


class Act(msgspec.Struct, frozen=True):
    """One signature: the field that holds it and the words a viewer shows beside it."""

    field: str
    label: str
    reason: str
    location: str


class RemoteSigner(Signer):
    """pyHanko's signer with its one cryptographic step moved to the signer process.

    The root is not embedded: nothing checks those bytes, and who verifies must have the root anyway.
    """

    def __init__(self, client: SignerClient, party: Party, chain: list[x509.Certificate]) -> None:
        super().__init__(
            signing_cert=to_asn1(party.certificate),
            cert_registry=SimpleCertificateStore.from_certs([to_asn1(one) for one in chain]),
            embed_roots=False,
            signature_mechanism=SignedDigestAlgorithm({"algorithm": ALGORITHM}),
        )
        self._client = client
        self._party = party

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002 - the signature of the library
        """`data` are the signed attributes; a dry run only measures the room to reserve."""
        if dry_run:
            return bytes(_LONGEST_DER)
        if digest_algorithm != "sha256":
            raise ValueError(f"the signer signs sha256 digests, not {digest_algorithm}")
        digest = hashlib.sha256(data).digest()
        ticket = self._party.ticket or Ticket("", "")
        return (await self._client.sign(self._party.handle, digest, ticket.token or None, ticket.subject or None)).value


async def sign(pdf: bytes, client: SignerClient, party: Party, act: Act, chain: list[x509.Certificate], *, first: bool) -> bytes:
    """Add one signature.  The first certifies: afterwards only further signatures are allowed."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    signer = PdfSigner(_metadata(act, certify=first), RemoteSigner(client, party, chain), new_field_spec=_field(act))
    out = await signer.async_sign_pdf(writer)
    return bytes(out.getbuffer())


async def sign_paper(
    pdf: bytes,
    client: SignerClient,
    officer: tuple[Party, Act],
    seal: tuple[Party, Act],
    chain: list[x509.Certificate],
) -> bytes:
    """The officer's signature, then the agency's seal over it."""
    signed = await sign(pdf, client, *officer, chain, first=True)
    return await sign(signed, client, *seal, chain, first=False)


def to_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _metadata(act: Act, *, certify: bool) -> PdfSignatureMetadata:
    return PdfSignatureMetadata(
        field_name=act.field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        reason=act.reason,
        location=act.location,
        certify=certify,
        docmdp_permissions=MDPPerm.FILL_FORMS,
    )


def _field(act: Act) -> SigFieldSpec:
    """Off the page, with the print flag and a tooltip: both PDF/A-3 and PDF/UA-1 accept that.

    What people see of a signature is text of the paper itself, which a screen reader reads.
    """
    return SigFieldSpec(act.field, readable_field_name=act.label, invis_sig_settings=_OFF_PAGE)
