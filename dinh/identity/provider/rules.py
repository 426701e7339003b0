"""Pure decisions of the provider."""

import re
from typing import Any
from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri
from authlib.oidc.core.util import create_half_hash
from joserfc import jws
from joserfc.errors import JoseError
from msgspec import json

from dinh.identity.provider.contracts import Answer, Code, SignedIn
from dinh.trust import ALGORITHM

ID_TOKEN_SECONDS = 300
LEVELS = [f"urn:dinh:eid:id:{i}:auth:{a}" for i in (1, 2) for a in (1, 2, 3, 4)]


def claimed_client(assertion: str) -> str | None:
    """Who the assertion says it is from; nothing is verified yet."""
    return _unverified(assertion, "sub")


def audience(id_token: str) -> str | None:
    return _unverified(id_token, "aud")


def _unverified(token: str, claim: str) -> str | None:
    try:
        claims = json.decode(jws.extract_compact(token.encode()).payload)
    except (JoseError, ValueError):
        return None
    value = claims.get(claim) if isinstance(claims, dict) else None
    return value if isinstance(value, str) else None


def enough(person: SignedIn, fields: dict[str, str], now: int) -> bool:
    """Whether this sign-in is recent and strong enough for the request."""
    age = fields.get("max_age", "")
    recent = not re.fullmatch(r"[0-9]{1,9}", age) or now - person.auth_time <= int(age)
    wanted = fields.get("acr_values", "").split()
    strong = not wanted or any(satisfies(person.acr, acr) for acr in wanted)
    return recent and strong


def satisfies(have: str, want: str) -> bool:
    """Each level at least as high: urn:dinh:eid:id:2:auth:3 covers urn:dinh:eid:id:1:auth:3."""
    if want not in LEVELS or have not in LEVELS:
        return False
    mine, theirs = have.split(":"), want.split(":")
    return mine[4] >= theirs[4] and mine[6] >= theirs[6]


def back_to_authorize(fields: dict[str, str]) -> str:
    """The same request after a fresh sign-in; `prompt=login` and `max_age=0` are done by then."""
    done = {"prompt": "login", "max_age": "0"}
    return "/authorize?" + urlencode({k: v for k, v in fields.items() if done.get(k) != v})


def with_issuer(answer: Answer, issuer: str) -> Answer:
    """RFC 9207, on errors too (Authlib's extension leaves out those of the consent step)."""
    if answer.location:
        answer.location = add_params_to_uri(answer.location, [("iss", issuer)])
    return answer


def id_claims(issuer: str, code: Code, access_token: str, now: int) -> dict[str, Any]:
    return {
        "iss": issuer, "aud": code.client_id, "sub": code.sub, "sid": code.sid, "nonce": code.nonce,
        "iat": now, "exp": now + ID_TOKEN_SECONDS, "auth_time": code.auth_time, "acr": code.acr, "amr": code.amr,
        "at_hash": create_half_hash(access_token, ALGORITHM).decode(),
    }  # fmt: skip


def discovery(issuer: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "end_session_endpoint": f"{issuer}/logout",
        "scopes_supported": ["openid", "profile"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": [ALGORITHM],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "acr_values_supported": LEVELS,
        "claims_supported": ["sub", "acr", "amr", "auth_time", "nonce", "sid"],
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }
