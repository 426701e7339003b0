"""Compact JWS by ES256: only a digest goes to the signer."""

import hashlib
import json
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.util import json_b64encode, urlsafe_b64decode, urlsafe_b64encode

from dinh.kernel.errors import BadSignature
from dinh.trust.signer import Kind, SignerClient

ALGORITHM = "ES256"
HALF = 32
# 128 bits: who wants another key with the same one has to try as many.
FINGERPRINT_DIGITS = 32


class Key(msgspec.Struct, frozen=True):
    """A signing key by handle; its RFC 7638 thumbprint goes out as `kid`."""

    handle: str
    kid: str
    public: dict[str, Any]
    pem: str
    client: SignerClient

    async def jwt(self, claims: dict[str, Any], typ: str = "JWT") -> str:
        return await self.jws(json.dumps(claims, separators=(",", ":")).encode(), typ)

    async def jws(self, payload: bytes, typ: str) -> str:
        """Over exactly these bytes."""
        header = {"alg": ALGORITHM, "kid": self.kid, "typ": typ}
        signed = json_b64encode(header) + b"." + urlsafe_b64encode(payload)
        answer = await self.client.sign(self.handle, hashlib.sha256(signed).digest())
        r, s = utils.decode_dss_signature(answer.value)
        raw = r.to_bytes(HALF, "big") + s.to_bytes(HALF, "big")
        return (signed + b"." + urlsafe_b64encode(raw)).decode()

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.public]}


def verify_jws(token: str, key: dict[str, str], typ: str) -> bytes:
    """The payload that the owner of this public key (as JWK) signed as a token of this type. Of any length, which joserfc does not take.

    Raises BadSignature.
    """
    try:
        signed, _, value = token.encode("ascii").rpartition(b".")
        header, payload = signed.split(b".")
        raw, about = urlsafe_b64decode(value), json.loads(urlsafe_b64decode(header))
        public: Any = serialization.load_pem_public_key(ECKey.import_key(key).as_pem(private=False))  # type: ignore[arg-type]
        if len(raw) != 2 * HALF or not isinstance(about, dict) or (about.get("alg"), about.get("typ")) != (ALGORITHM, typ) or "crit" in about:
            raise BadSignature("not a token of this type")
        der = utils.encode_dss_signature(int.from_bytes(raw[:HALF], "big"), int.from_bytes(raw[HALF:], "big"))
        public.verify(der, signed, ec.ECDSA(hashes.SHA256()))
        return bytes(urlsafe_b64decode(payload))
    except (InvalidSignature, JoseError, ValueError, TypeError) as error:
        raise BadSignature("the token's signature does not hold") from error


def public_jwk(public: ec.EllipticCurvePublicKey) -> dict[str, str]:
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {name: str(value) for name, value in ECKey.import_key(pem).as_dict(private=False).items()}


def key_fingerprint(key: dict[str, str]) -> str:
    """Of a public key (JWK), for people to read out to each other: half of the SHA-256 of its RFC 7638 form, in groups of four.

    Raises BadSignature for what is no such key.
    """
    try:
        thumbprint = urlsafe_b64decode(ECKey.import_key(key).thumbprint().encode()).hex()[:FINGERPRINT_DIGITS]  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise BadSignature("not a key") from error
    return " ".join(thumbprint[at : at + 4] for at in range(0, FINGERPRINT_DIGITS, 4))


async def token_key(client: SignerClient, handle: str, kind: Kind = "node") -> Key:
    """Made at first use."""
    pem = await client.create(handle, kind)
    public = ECKey.import_key(pem)
    kid = public.thumbprint()
    return Key(handle, kid, dict(public.as_dict(private=False, kid=kid, use="sig", alg=ALGORITHM)), pem, client)
