"""The responder: answers about the certificates of one issuer."""

import datetime as dt
from collections import OrderedDict
from hashlib import sha256

from asn1crypto import core
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from dinh.trust.authority import Revoked
from dinh.trust.ocsp.contracts import Responder, State
from dinh.trust.ocsp.rules import key_hash, key_name, name_hash
from dinh.trust.paths import to_asn1

LARGEST_REQUEST = 4096
KEPT = 10_000
"""Answers in memory, about 1 KB each."""


class Answers:
    """One answer a certificate, used for half of its time, so that whoever gets it has the other half left."""

    def __init__(self, responder: Responder) -> None:
        self._responder = responder
        self._kept: OrderedDict[int, tuple[dt.datetime, bytes]] = OrderedDict()

    async def of(self, serial: int, at: dt.datetime) -> bytes:
        """An OCSPResponse (DER) about a certificate of the responder's issuer. Raises SignerError."""
        made, response = self._kept.get(serial, (None, b""))
        if made is None or not dt.timedelta() <= at - made < self._responder.freshness / 2:
            response = await _respond(self._responder, serial, hashes.SHA1(), await self._responder.state(serial), at, None)  # noqa: S303
            self._kept[serial] = at, response
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return response

    def forget(self, serial: int) -> None:
        """Its state has changed: a revocation must not wait for an answer to grow old."""
        self._kept.pop(serial, None)


async def answer(responder: Responder, request: bytes, at: dt.datetime) -> bytes:
    """An OCSPResponse (DER) to an OCSPRequest (DER). What cannot be read, or asks about another authority's certificate, gets an error of RFC 6960."""
    asked = _read(request)
    if asked is None:
        return _error(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    if not _is_ours(responder.issuer, asked):
        return _error(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    return await _respond(responder, asked.serial_number, asked.hash_algorithm, await responder.state(asked.serial_number), at, _nonce(asked))


def _read(request: bytes) -> ocsp.OCSPRequest | None:
    if len(request) > LARGEST_REQUEST:
        return None
    try:
        asked = ocsp.load_der_ocsp_request(request)
        return asked if isinstance(asked.hash_algorithm, hashes.SHA1 | hashes.SHA256) and asked.extensions is not None else None
    except (ValueError, NotImplementedError, x509.UnsupportedGeneralNameType):
        return None


def _is_ours(issuer: x509.Certificate, asked: ocsp.OCSPRequest) -> bool:
    algorithm = asked.hash_algorithm
    return (asked.issuer_name_hash, asked.issuer_key_hash) == (name_hash(issuer, algorithm), key_hash(issuer, algorithm))


def _nonce(asked: ocsp.OCSPRequest) -> dict[str, object] | None:
    """The asker's own number comes back as it is (RFC 9654)."""
    try:
        value = asked.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return None
    return {"extn_id": "nonce", "critical": False, "extn_value": core.ParsableOctetString(core.OctetString(value).dump())}


async def _respond(
    responder: Responder, serial: int, algorithm: hashes.HashAlgorithm, state: State, at: dt.datetime, nonce: dict[str, object] | None
) -> bytes:
    at = at.astimezone(dt.UTC).replace(microsecond=0)
    about = {
        "hash_algorithm": {"algorithm": algorithm.name},
        "issuer_name_hash": name_hash(responder.issuer, algorithm),
        "issuer_key_hash": key_hash(responder.issuer, algorithm),
        "serial_number": serial,
    }
    single = {"cert_id": about, "cert_status": _status(state), "this_update": at, "next_update": at + responder.freshness}
    own = key_name(responder.certificate)
    told = {"responder_id": asn1_ocsp.ResponderId(name="by_key", value=own), "produced_at": at, "responses": [single]}
    data = asn1_ocsp.ResponseData(told if nonce is None else told | {"response_extensions": [nonce]})
    answer = await responder.client.sign(responder.handle, sha256(data.dump()).digest())
    basic = asn1_ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": data,
            "signature_algorithm": {"algorithm": answer.algorithm},
            "signature": answer.value,
            "certs": [to_asn1(responder.certificate)],
        }
    )
    response = {"response_type": "basic_ocsp_response", "response": basic}
    return bytes(asn1_ocsp.OCSPResponse({"response_status": "successful", "response_bytes": response}).dump())


def _status(state: State) -> asn1_ocsp.CertStatus:
    if not isinstance(state, Revoked):
        return asn1_ocsp.CertStatus(name=state, value=core.Null())
    told: dict[str, object] = {"revocation_time": state.at.astimezone(dt.UTC).replace(microsecond=0)}
    if state.reason is not x509.ReasonFlags.unspecified:
        told["revocation_reason"] = state.reason.name
    return asn1_ocsp.CertStatus(name="revoked", value=told)


def _error(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
