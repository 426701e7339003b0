"""Certificate requests (PKCS #10, RFC 2986) for keys that stay where they are: in a signer, or in the file of a TLS key.

An authority takes from a request the public key and the proof that somebody has the private one, nothing else: what a certificate says, it decides itself.
"""

from asn1crypto import csr as asn1_csr
from asn1crypto import keys as asn1_keys
from asn1crypto import pem as asn1_pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dinh.kernel.errors import BadSignature
from dinh.trust.signer import Kind, SignerClient

LABEL = "CERTIFICATE REQUEST"
MOST = 16 * 1024


async def request_for(client: SignerClient, handle: str, kind: Kind, subject: x509.Name) -> str:
    """In PEM, for the key of `handle`, which is made if it does not exist."""
    public = serialization.load_pem_public_key((await client.create(handle, kind)).encode())
    written = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    info = asn1_csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": asn1_x509.Name.load(subject.public_bytes()),
            "subject_pk_info": asn1_keys.PublicKeyInfo.load(written),
            "attributes": [],
        }
    )
    value = await client.sign_data(handle, info.dump())
    made = {"certification_request_info": info, "signature_algorithm": {"algorithm": "sha256_ecdsa"}, "signature": value}
    return str(asn1_pem.armor(LABEL, asn1_csr.CertificationRequest(made).dump()).decode())


def request_by(private: ec.EllipticCurvePrivateKey, subject: x509.Name, hosts: list[x509.GeneralName]) -> str:
    """In PEM, for a TLS key of a file; with the names of its host, which authorities outside read."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject).add_extension(x509.SubjectAlternativeName(hosts), critical=False)
    return builder.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def read_request(pem: str) -> ec.EllipticCurvePublicKey:
    """The key that the certificate is asked for. Raises BadSignature unless its owner signed the request, and it is of P-256."""
    try:
        request = x509.load_pem_x509_csr(pem.encode()) if len(pem) <= MOST else None
        public = request.public_key() if request and request.is_signature_valid else None
    except ValueError as error:
        raise BadSignature("not a certificate request") from error
    if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
        raise BadSignature("a certificate request that its key did not sign")
    return public
