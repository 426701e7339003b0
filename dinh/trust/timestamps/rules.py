"""Requests and refusals of RFC 3161."""

from typing import ClassVar

from asn1crypto import core, tsp

from dinh.trust.der import check_der

LARGEST_REQUEST = 4096
SIZES = {"sha256": 32, "sha512": 64}
"""Bytes of a digest that is stamped."""


class Refusal(ValueError):
    """Why a request gets no token, by the name of its PKIFailureInfo."""

    def __init__(self, failure: str, words: str) -> None:
        super().__init__(words)
        self.failure = failure


class _Rejection(core.Sequence):  # type: ignore[misc]
    """A TimeStampResp without token, which the library's own type cannot leave out."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo)]


def request(digest: bytes, nonce: int, hash_name: str = "sha512") -> bytes:
    """A TimeStampReq (DER) that asks for the authority's certificate too."""
    imprint = {"hash_algorithm": {"algorithm": hash_name}, "hashed_message": digest}
    return bytes(tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True}).dump())


def read_request(data: bytes, policy: str) -> tsp.TimeStampReq:
    """Raises Refusal for what RFC 3161 (2.4.1) has an authority refuse."""
    try:
        asked = _read(data)
    except Exception as error:  # damaged DER makes the reader fail in any way it likes
        raise Refusal("bad_data_format", "the request cannot be read") from error
    name, parameters = (asked["message_imprint"]["hash_algorithm"][field].native for field in ("algorithm", "parameters"))
    if asked["version"].native != "v1":
        raise Refusal("bad_request", "only version 1 is known")
    if name not in SIZES or parameters is not None:
        raise Refusal("bad_alg", "digests are SHA-256 or SHA-512")
    if len(asked["message_imprint"]["hashed_message"].native) != SIZES[name]:
        raise Refusal("bad_data_format", "the digest does not fit its algorithm")
    if asked["req_policy"].native is not None and asked["req_policy"].dotted != policy:
        raise Refusal("unaccepted_policy", "this policy is not offered")
    if asked["extensions"].native:
        raise Refusal("unaccepted_extensions", "no extension is known")
    return asked


def _read(data: bytes) -> tsp.TimeStampReq:
    """Every field is touched: the library reads late."""
    check_der(data[: LARGEST_REQUEST + 1])
    asked = tsp.TimeStampReq.load(data, strict=True)
    _ = asked.native
    return asked


def rejection(refusal: Refusal) -> bytes:
    """A TimeStampResp (DER) that says why there is no token."""
    info = tsp.PKIFailureInfo({refusal.failure})
    return bytes(_Rejection({"status": {"status": "rejection", "status_string": [str(refusal)], "fail_info": info}}).dump())
