"""What the provider knows about clients, sign-ins, codes and tokens."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

SCOPES = ("openid", "profile")
# Clients of this sector, the nodes of the state, share one opaque reference for a person.
STATE = "state"


class Client(msgspec.Struct, frozen=True):
    """The method names are Authlib's (`ClientMixin`); no inheritance is needed."""

    client_id: str
    sector: str
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    scopes: list[str]
    jwks: dict[str, Any]

    @property
    def client_metadata(self) -> dict[str, Any]:
        return {"post_logout_redirect_uris": self.post_logout_redirect_uris}

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """None, so that every request has to name its address."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        asked = (scope or "").split()
        return " ".join(s for s in asked if s in self.scopes) if "openid" in asked else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method == "private_key_jwt"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class SignedIn(msgspec.Struct, frozen=True):
    """A session at the provider."""

    account: UUID
    sid: str
    auth_time: int
    acr: str
    amr: list[str]


class Code(msgspec.Struct, frozen=True):
    hash: bytes
    client_id: str
    redirect_uri: str
    scope: str
    code_challenge: str
    nonce: str
    sid: str
    sub: str
    auth_time: int
    acr: str
    amr: list[str]
    expires_at: datetime
    used_at: datetime | None = None
    code_challenge_method: str = "S256"

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


class Access(msgspec.Struct, frozen=True):
    client_id: str
    sub: str
    scope: str
    acr: str
    sid: str


class Assertion(msgspec.Struct, frozen=True):
    """A client assertion that was accepted, to be remembered until it expires."""

    client_id: str
    jti: str
    expires: int


class Answer(msgspec.Struct):
    """What Authlib wants sent; `http.py` turns it into a Litestar response."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def location(self) -> str | None:
        return self.headers.get("Location")

    @location.setter
    def location(self, value: str) -> None:
        self.headers["Location"] = value


class NeedsSignIn(msgspec.Struct, frozen=True):
    next: str
