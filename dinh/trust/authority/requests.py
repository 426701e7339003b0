"""Requests for certificates to a real authority (PKCS #10, RFC 2986). The private key stays in the signer."""

from asn1crypto import csr as asn1_csr
from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dinh.trust.signer import Kind, SignerClient


async def signing_request(client: SignerClient, handle: str, kind: Kind, subject: x509.Name) -> str:
    """In PEM, for the key of a handle, which is made where there is none. As with certificates, a throwaway key fixes the form, and the signer signs."""
    public = serialization.load_pem_public_key((await client.create(handle, kind)).encode())
    draft = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    whole = asn1_csr.CertificationRequest.load(draft.public_bytes(serialization.Encoding.DER))
    info = whole["certification_request_info"]
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    info["subject_pk_info"] = asn1_keys.PublicKeyInfo.load(der)
    whole["signature"] = await client.sign_data(handle, info.dump(force=True))
    made = x509.load_der_x509_csr(whole.dump(force=True))
    if not made.is_signature_valid:
        raise ValueError(f"the request for {handle} does not verify")
    return made.public_bytes(serialization.Encoding.PEM).decode()
