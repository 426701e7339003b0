"""The demonstration certificate authority.  Its own key, too, lives in the signer.

`cryptography` only signs with a private key object.  So a throwaway P-256 key signs
first, which fixes every byte except the signature value; then the signer signs the same
bytes and its value is put in place.  Nothing of the throwaway key remains.
"""

import datetime as dt
import ipaddress
from collections.abc import Iterable, Sequence

import msgspec
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dinh.kernel import clock
from dinh.trust.signer import Kind, SignerClient

ROOT_LIFE = dt.timedelta(days=3652)
LEAF_LIFE = dt.timedelta(days=730)
LONGEST_NAME = 64
# Of what a renewed certificate has again; the rest follows from its key, its issuer and this authority.
RENEWED = (x509.ExtendedKeyUsage, x509.OCSPNoCheck, x509.SubjectAlternativeName)
SKEW = dt.timedelta(minutes=5)


class Revoked(msgspec.Struct, frozen=True):
    serial: int
    at: dt.datetime
    reason: x509.ReasonFlags = x509.ReasonFlags.unspecified


class _Extension(msgspec.Struct, frozen=True):
    value: x509.ExtensionType
    critical: bool = False


class Authority(msgspec.Struct, frozen=True):
    """Issues under one root certificate whose key has the handle `handle`."""

    client: SignerClient
    handle: str
    certificate: x509.Certificate
    country: str
    crl_url: str | None = None

    async def issue_seal(self, handle: str, organisation: str, code: str) -> x509.Certificate:
        """For an agency: its name and its code, never a person."""
        return await self.certify_seal(_public_key(await self.client.create(handle, "seal")), organisation, code)

    async def certify_seal(self, public: ec.EllipticCurvePublicKey, organisation: str, code: str) -> x509.Certificate:
        """For a key that is elsewhere (`read_request`)."""
        subject = seal_name(self.country, organisation, code)
        return await self._certify(public, subject, _usage(digital_signature=True, content_commitment=True))

    async def issue_member(self, handle: str, name: str, member_class: str, code: str) -> x509.Certificate:
        """A member's signing certificate in X-Road's basic profile: class and code say who signed, and the key only signs evidence."""
        return await self.certify_member(_public_key(await self.client.create(handle, "seal")), name, member_class, code)

    async def certify_member(self, public: ec.EllipticCurvePublicKey, name: str, member_class: str, code: str) -> x509.Certificate:
        """For a key that is elsewhere (`read_request`)."""
        return await self._certify(public, member_name(self.country, name, member_class, code), _usage(content_commitment=True))

    async def issue_tsa(self, handle: str, organisation: str, name: str) -> x509.Certificate:
        """A timestamping authority's (RFC 3161, 2.3): one extended use, marked critical."""
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        return await self._issue_for(handle, organisation, name, _Extension(stamping, critical=True))

    async def issue_ocsp(self, handle: str, organisation: str, name: str) -> x509.Certificate:
        """A responder's (RFC 6960, 4.2.2.2). Nobody asks about the responder itself: who withdraws it issues no more than a short life for it."""
        answering = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
        return await self._issue_for(handle, organisation, name, _Extension(answering), _Extension(x509.OCSPNoCheck()))

    async def issue_tls(self, public: ec.EllipticCurvePublicKey, organisation: str, code: str, hosts: Sequence[str]) -> x509.Certificate:
        """A node's, for both ends of mutual TLS. The key is the caller's: see `tls.write_files`."""
        subject = tls_name(self.country, organisation, code, hosts[0])
        both = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        names = x509.SubjectAlternativeName([host_name(host) for host in hosts])
        return await self._certify(public, subject, _usage(digital_signature=True), _Extension(both), _Extension(names))

    async def issue_officer(self, handle: str, name: str, organisation: str, post: str) -> x509.Certificate:
        """For a person in a post; a new post needs a new certificate."""
        return await self._issue(
            handle,
            "person",
            _name(
                self.country,
                (NameOID.ORGANIZATION_NAME, organisation),
                (NameOID.TITLE, post),
                (NameOID.COMMON_NAME, name),
            ),
        )

    async def renew(self, certificate: x509.Certificate, other: ec.EllipticCurvePublicKey | None = None) -> x509.Certificate:
        """The same subject and uses for another term, and the same key unless there is another."""
        public = other or certificate.public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise TypeError("a certificate whose key is not elliptic")
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        more = [_Extension(one.value, critical=one.critical) for one in certificate.extensions if isinstance(one.value, RENEWED)]
        return await self._certify(public, certificate.subject, usage, *more)

    async def crl(self, number: int, revoked: Iterable[Revoked], now: dt.datetime, life: dt.timedelta) -> x509.CertificateRevocationList:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now)
            .next_update(now + life)
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(_authority_key(self.certificate), critical=False)
        )
        for entry in revoked:
            builder = builder.add_revoked_certificate(_entry(entry))
        draft = builder.sign(_throwaway(), hashes.SHA256())
        value = await self.client.sign_data(self.handle, draft.tbs_certlist_bytes)
        whole = asn1_crl.CertificateList.load(draft.public_bytes(serialization.Encoding.DER))
        whole["signature"] = value
        return x509.load_der_x509_crl(whole.dump(force=True))

    async def _issue_for(self, handle: str, organisation: str, name: str, *extensions: _Extension) -> x509.Certificate:
        """A service of the authority itself."""
        subject = _name(self.country, (NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, name))
        return await self._issue(handle, "node", subject, _usage(digital_signature=True), *extensions)

    async def _issue(
        self, handle: str, kind: Kind, subject: x509.Name, usage: x509.KeyUsage | None = None, *extensions: _Extension
    ) -> x509.Certificate:
        public = _public_key(await self.client.create(handle, kind))
        return await self._certify(public, subject, usage or _usage(digital_signature=True, content_commitment=True), *extensions)

    async def _certify(
        self, public: ec.EllipticCurvePublicKey, subject: x509.Name, usage: x509.KeyUsage, *extensions: _Extension
    ) -> x509.Certificate:
        builder = (
            _builder(subject, self.certificate.subject, public, LEAF_LIFE)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(_authority_key(self.certificate), critical=False)
        )
        for extension in extensions:
            builder = builder.add_extension(extension.value, critical=extension.critical)
        if self.crl_url:
            builder = builder.add_extension(_distribution(self.crl_url), critical=False)
        certificate = await _seal(self.client, self.handle, builder)
        certificate.verify_directly_issued_by(self.certificate)
        return certificate


async def create_root(client: SignerClient, handle: str, country: str, organisation: str, name: str) -> x509.Certificate:
    """A self-signed root; its handle is of kind `seal`: no officer is asked for each leaf."""
    public = _public_key(await client.create(handle, "seal"))
    subject = _name(country, (NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, name))
    builder = (
        _builder(subject, subject, public, ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    )
    certificate = await _seal(client, handle, builder)
    certificate.verify_directly_issued_by(certificate)
    return certificate


def seal_name(country: str, organisation: str, code: str) -> x509.Name:
    common, of = (NameOID.COMMON_NAME, organisation), (NameOID.ORGANIZATION_IDENTIFIER, code)
    return _name(country, (NameOID.ORGANIZATION_NAME, organisation), of, common)


def member_name(country: str, name: str, member_class: str, code: str) -> x509.Name:
    who = (NameOID.ORGANIZATION_NAME, name), (NameOID.COMMON_NAME, name)
    return _name(country, *who, (NameOID.BUSINESS_CATEGORY, member_class), (NameOID.SERIAL_NUMBER, code))


def tls_name(country: str, organisation: str, code: str, host: str) -> x509.Name:
    return _name(country, (NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, host), (NameOID.SERIAL_NUMBER, code))


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


async def _seal(client: SignerClient, handle: str, builder: x509.CertificateBuilder) -> x509.Certificate:
    draft = builder.sign(_throwaway(), hashes.SHA256())
    value = await client.sign_data(handle, draft.tbs_certificate_bytes)
    whole = asn1_x509.Certificate.load(draft.public_bytes(serialization.Encoding.DER))
    whole["signature_value"] = value
    return x509.load_der_x509_certificate(whole.dump(force=True))


def _builder(subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, life: dt.timedelta) -> x509.CertificateBuilder:
    now = clock.now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _throwaway() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _public_key(text: str) -> ec.EllipticCurvePublicKey:
    key = serialization.load_pem_public_key(text.encode())
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("the signer answered with a key that is not elliptic")
    return key


def _name(country: str, *parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    first = x509.NameAttribute(NameOID.COUNTRY_NAME, country.upper())
    return x509.Name([first, *(x509.NameAttribute(oid, _fitting(value)) for oid, value in parts)])


def _fitting(value: str) -> str:
    """X.520 gives these attributes 64 bytes: a longer name ends at a whole word."""
    while len(value.encode()) > LONGEST_NAME:
        value = value.rpartition(" ")[0] or value[:-1]
    return value


def host_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _authority_key(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _distribution(url: str) -> x509.CRLDistributionPoints:
    where = [x509.UniformResourceIdentifier(url)]
    return x509.CRLDistributionPoints([x509.DistributionPoint(where, None, None, None)])


def _entry(revoked: Revoked) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(revoked.serial).revocation_date(revoked.at)
    if revoked.reason is not x509.ReasonFlags.unspecified:
        builder = builder.add_extension(x509.CRLReason(revoked.reason), critical=False)
    return builder.build()
