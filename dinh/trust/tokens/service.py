"""Compact JWS by ES256: only a digest goes to the signer."""

import hashlib
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import utils
from joserfc.jwk import ECKey
from joserfc.util import json_b64encode, urlsafe_b64encode

from dinh.trust.signer import SignerClient

ALGORITHM = "ES256"
HALF = 32


class Key(msgspec.Struct, frozen=True):
    """A signing key by handle; its RFC 7638 thumbprint goes out as `kid`."""

    handle: str
    kid: str
    public: dict[str, Any]
    pem: str
    client: SignerClient

    async def jwt(self, claims: dict[str, Any], typ: str = "JWT") -> str:
        header = {"alg": ALGORITHM, "kid": self.kid, "typ": typ}
        signed = json_b64encode(header) + b"." + json_b64encode(claims)
        answer = await self.client.sign(self.handle, hashlib.sha256(signed).digest())
        r, s = utils.decode_dss_signature(answer.value)
        raw = r.to_bytes(HALF, "big") + s.to_bytes(HALF, "big")
        return (signed + b"." + urlsafe_b64encode(raw)).decode()

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.public]}


async def token_key(client: SignerClient, handle: str) -> Key:
    """Made at first use."""
    pem = await client.create(handle, "node")
    public = ECKey.import_key(pem)
    kid = public.thumbprint()
    return Key(handle, kid, dict(public.as_dict(private=False, kid=kid, use="sig", alg=ALGORITHM)), pem, client)
