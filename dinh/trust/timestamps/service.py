"""The platform's timestamping authority: request in, response out."""

import datetime as dt
import secrets
from hashlib import sha512

from asn1crypto import algos, cms, tsp
from asn1crypto import x509 as asn1_x509
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute

from dinh.kernel.errors import BadSignature
from dinh.trust.paths import to_asn1
from dinh.trust.signer import Signature, SignerError
from dinh.trust.timestamps import rules
from dinh.trust.timestamps.contracts import StampingAuthority

SERIAL_BITS = 127
"""Random, so that no counter has to survive a crash or a restore: two tokens out of 10^12 share one with a chance of 10^-14."""


async def stamp(authority: StampingAuthority, request: bytes, at: dt.datetime) -> bytes:
    """A TimeStampResp (DER): granted with a token, or rejected with the reason. Never raises for what was asked.

    The whole second of `at` is the time: the accuracy covers the rest.
    """
    try:
        asked = rules.read_request(request, authority.policy)
        token = await _token(authority, asked, at.astimezone(dt.UTC).replace(microsecond=0))
    except rules.Refusal as refusal:
        return rules.rejection(refusal)
    except SignerError:
        return rules.rejection(rules.Refusal("system_failure", "the key cannot be reached"))
    return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump())


def token_of(response: bytes, nonce: int, digest: bytes) -> bytes:
    """The token (DER) of a response to `request(digest, nonce)`. Raises BadSignature for a rejection and for an answer to another question."""
    try:
        answer = tsp.TimeStampResp.load(response, strict=True)
        status = answer["status"]["status"].native
        words = answer["status"]["status_string"].native
        told = answer["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed if status == "granted" else None
        same = told is not None and told["nonce"].native == nonce and told["message_imprint"]["hashed_message"].native == digest
        token: bytes = answer["time_stamp_token"].dump() if same else b""
    except Exception as error:  # damaged DER makes the reader fail in any way it likes
        raise BadSignature("the timestamping authority's answer cannot be read") from error
    if status != "granted":
        raise BadSignature(f"no timestamp was given: {status} {words}")
    if not same:
        raise BadSignature("the timestamping authority answered another question")
    return token


async def _token(authority: StampingAuthority, asked: tsp.TimeStampReq, at: dt.datetime) -> cms.ContentInfo:
    certificate = to_asn1(authority.certificate)
    info = _info(authority, certificate, asked, at)
    attributes = cms.CMSAttributes(
        [
            simple_cms_attribute("content_type", "tst_info"),
            simple_cms_attribute("message_digest", sha512(info).digest()),
            simple_cms_attribute("signing_certificate_v2", as_signing_certificate_v2(certificate)),
        ]
    )
    answer = await authority.client.sign(authority.handle, sha512(attributes.dump()).digest(), hash_name="sha512")
    signed = _signed_data(certificate, info, attributes, answer, with_certificate=bool(asked["cert_req"].native))
    return cms.ContentInfo({"content_type": "signed_data", "content": signed})


def _info(authority: StampingAuthority, certificate: asn1_x509.Certificate, asked: tsp.TimeStampReq, at: dt.datetime) -> bytes:
    told = {
        "version": "v1",
        "policy": authority.policy,
        "message_imprint": asked["message_imprint"],
        "serial_number": secrets.randbits(SERIAL_BITS) | 1 << SERIAL_BITS,
        "gen_time": at,
        "accuracy": {"seconds": authority.accuracy},
        "tsa": asn1_x509.GeneralName(name="directory_name", value=certificate.subject),
    }
    if asked["nonce"].native is not None:
        told["nonce"] = asked["nonce"]
    return bytes(tsp.TSTInfo(told).dump())


def _signed_data(
    certificate: asn1_x509.Certificate, info: bytes, attributes: cms.CMSAttributes, answer: Signature, *, with_certificate: bool
) -> cms.SignedData:
    digest = algos.DigestAlgorithm({"algorithm": "sha512"})
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                name="issuer_and_serial_number", value={"issuer": certificate.issuer, "serial_number": certificate.serial_number}
            ),
            "digest_algorithm": digest,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": answer.algorithm}),
            "signed_attrs": attributes,
            "signature": answer.value,
        }
    )
    content = {"content_type": "tst_info", "content": cms.ParsableOctetString(info)}
    parts = {"version": "v3", "digest_algorithms": [digest], "encap_content_info": content, "signer_infos": [signer]}
    return cms.SignedData(parts | {"certificates": [certificate]} if with_certificate else parts)
