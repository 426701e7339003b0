"""The OpenID client: builds the request, redeems the code, checks the ID token."""

import time
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from dinh.identity.sessions.contracts import Arrival, Departure, Party, SignInError
from dinh.kernel.errors import Unavailable
from dinh.kernel.ids import token as fresh
from dinh.trust import ALGORITHM

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
REFRESH_SECONDS = 60


def departure(next_: str) -> Departure:
    return Departure(fresh(), fresh(), fresh() + fresh(), next_)


class Issuer:
    """The issuer's published addresses and keys, fetched once and again when a key is unknown."""

    def __init__(self, issuer: str, http: httpx.AsyncClient) -> None:
        self._issuer, self._http = issuer, http
        self._about: dict[str, Any] | None = None
        self._keys: KeySet | None = None
        self._fetched = float("-inf")

    async def about(self) -> dict[str, Any]:
        if self._about is None:
            about = await self.get(f"{self._issuer}/.well-known/openid-configuration")
            if about.get("issuer") != self._issuer:
                raise SignInError("the configuration is from another issuer")
            self._about = about
        return self._about

    async def keys(self, *, again: bool = False) -> KeySet:
        due = time.monotonic() - self._fetched > REFRESH_SECONDS
        if self._keys is None or (again and due):
            self._fetched = time.monotonic()
            self._keys = KeySet.import_key_set(await self.get((await self.about())["jwks_uri"]))  # type: ignore[arg-type]
        return self._keys

    async def get(self, url: str) -> dict[str, Any]:
        try:
            return self._read(await self._http.get(url))
        except httpx.TransportError as error:
            raise Unavailable("identity.issuer_down") from error

    async def post(self, url: str, fields: dict[str, str]) -> dict[str, Any]:
        try:
            return self._read(await self._http.post(url, data=fields))
        except httpx.TransportError as error:
            raise Unavailable("identity.issuer_down") from error

    @staticmethod
    def _read(response: httpx.Response) -> dict[str, Any]:
        if response.status_code != httpx.codes.OK:
            raise SignInError(f"{response.request.url.path}: {response.status_code} {response.text[:200]}")
        body: dict[str, Any] = response.json()
        return body


async def authorization_url(party: Party, issuer: Issuer, leaving: Departure, acr: str | None = None) -> str:
    fields = {
        "response_type": "code",
        "client_id": party.client_id,
        "redirect_uri": party.callback,
        "scope": "openid",
        "state": leaving.state,
        "nonce": leaving.nonce,
        "code_challenge": create_s256_code_challenge(leaving.verifier),
        "code_challenge_method": "S256",
    }
    wanted = {"acr_values": acr} if acr else {}
    return f"{(await issuer.about())['authorization_endpoint']}?{urlencode(fields | wanted)}"


def code_of(party: Party, left: Departure, fields: dict[str, str]) -> str:
    """The code, if state and issuer (RFC 9207) are the ones we left with."""
    if fields.get("iss") != party.issuer or fields.get("state") != left.state:
        raise SignInError("state or issuer differs")
    if "code" not in fields:
        raise SignInError(fields.get("error", "no code"))
    return fields["code"]


async def arrive(party: Party, issuer: Issuer, left: Departure, code: str) -> Arrival:
    tokens = await issuer.post((await issuer.about())["token_endpoint"], {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": party.callback,
        "code_verifier": left.verifier,
        "client_id": party.client_id,
        "client_assertion_type": ASSERTION,
        "client_assertion": await assertion(party),
    })  # fmt: skip
    claims = await check(party, issuer, left.nonce, tokens)
    return Arrival(claims["sub"], claims["acr"], claims["auth_time"], tokens["id_token"])


async def assertion(party: Party, **changes: Any) -> str:
    now, name = int(time.time()), party.client_id
    claims = {"iss": name, "sub": name, "aud": party.issuer, "jti": fresh(), "iat": now, "exp": now + 60}
    return await party.key.jwt(claims | changes)


async def check(party: Party, issuer: Issuer, nonce: str, tokens: dict[str, Any]) -> dict[str, Any]:
    """Signature by a published key; iss, aud, exp, iat, nonce, azp and at_hash by Authlib."""
    token = await _verified(issuer, tokens["id_token"])
    options = {
        "iss": {"essential": True, "value": party.issuer},
        "aud": {"essential": True, "value": party.client_id},
        "nonce": {"essential": True, "value": nonce},
        "acr": {"essential": True},
        "auth_time": {"essential": True},
    }
    params = {"nonce": nonce, "client_id": party.client_id, "access_token": tokens["access_token"]}
    claims = CodeIDToken(token.claims, token.header, options, params)
    try:
        claims.validate(leeway=10)
    except JoseError as error:
        raise SignInError(str(error)) from error
    return dict(claims)


async def _verified(issuer: Issuer, id_token: str) -> jwt.Token:
    try:
        return jwt.decode(id_token, await issuer.keys(), algorithms=[ALGORITHM])
    except (JoseError, ValueError):
        keys = await issuer.keys(again=True)
    try:
        return jwt.decode(id_token, keys, algorithms=[ALGORITHM])
    except (JoseError, ValueError) as error:
        raise SignInError(f"ID token: {error}") from error


SELF = "127.0.0.1"


class Loopback(httpx.AsyncHTTPTransport):
    """Reaches `*.localhost` at 127.0.0.1 without DNS; the Host header keeps the name."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != "localhost" and not request.url.host.endswith(".localhost"):
            return await super().handle_async_request(request)
        url = request.url.copy_with(host=SELF)
        # A new request: changing this one would change `response.url`, the cookies and relative redirects.
        inner = httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions)
        return await super().handle_async_request(inner)
