"""Authlib's synchronous core over rows that were loaded before; nothing here does I/O.

One `Engine` serves one request: rows go in by `Loaded`, what has to be written comes out in `Outcome`.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, cast

import msgspec
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError, OAuth2Error
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode
from authlib.oidc.rpinitiated import EndSessionEndpoint
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from dinh.identity.provider.contracts import SCOPES, Answer, Assertion, Client, Code
from dinh.kernel.ids import token as fresh
from dinh.trust import ALGORITHM

TOKEN_SECONDS = 300
ASSERTION_SECONDS = 300
LEEWAY = 30


class Loaded(msgspec.Struct, frozen=True):
    issuer: str
    jwks: dict[str, Any]
    client: Client | None = None
    code: Code | None = None


class Outcome(msgspec.Struct):
    code: str | None = None
    scope: str | None = None
    assertion: Assertion | None = None
    access_token: str | None = None


class Fields(OAuth2Payload):
    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            self._lists[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._lists.items()}

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._lists

    @property
    def repeated(self) -> bool:
        return any(len(values) > 1 for values in self._lists.values())


class ProtocolRequest(OAuth2Request):
    """`uri` is built from the issuer, never from the Host header."""

    def __init__(self, method: str, uri: str, pairs: Iterable[tuple[str, str]]) -> None:
        super().__init__(method, uri, headers={})
        self.payload: Fields = Fields(pairs)

    @property
    def args(self) -> dict[str, str]:
        return self.payload.data

    form = args


class S256Only(CodeChallenge):
    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)
    CODE_CHALLENGE_METHODS = {"S256": CodeChallenge.CODE_CHALLENGE_METHODS["S256"]}  # noqa: RUF012

    def validate_code_challenge(self, grant: Any, redirect_uri: Any) -> None:
        if grant.request.args.get("code_challenge_method") != "S256":
            raise InvalidRequestError("'code_challenge_method' has to be 'S256'.")
        super().validate_code_challenge(grant, redirect_uri)


class OpenIdChecks(OpenIDCode):
    """Nonce and prompt rules. The ID token is made outside, because its signer is asynchronous."""

    def exists_nonce(self, _nonce: str, _request: Any) -> bool:
        return False

    def process_token(self, _grant: Any, _response: Any) -> None:
        return None


class CodeGrant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("private_key_jwt",)

    @staticmethod
    def validate_authorization_redirect_uri(request: Any, client: Client) -> str:
        """Own words: Authlib repeats the address in the error and fails on some characters."""
        uri = request.payload.redirect_uri
        if not uri or not client.check_redirect_uri(uri):
            raise InvalidRequestError("'redirect_uri' is not one of this client.")
        return str(uri)

    def generate_authorization_code(self) -> str:
        return fresh()

    def save_authorization_code(self, code: str, request: Any) -> None:
        self.server.outcome.code, self.server.outcome.scope = code, request.scope

    def query_authorization_code(self, _code: str, client: Client) -> Code | None:
        code: Code | None = self.server.loaded.code
        return code if code and code.client_id == client.client_id else None

    def delete_authorization_code(self, _code: Code) -> None:
        """The service marks it used, whatever the answer is."""

    def authenticate_user(self, code: Code) -> str:
        return code.sub


class KeyAssertion(JWTBearerClientAssertion):
    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(self, loaded: Loaded, outcome: Outcome) -> None:
        super().__init__(leeway=LEEWAY)
        self._issuer, self._outcome = loaded.issuer, outcome

    def get_audiences(self) -> list[str]:
        return [self._issuer]

    def resolve_client_public_key(self, client: Client) -> KeySet:
        return KeySet.import_key_set(cast("Any", client.jwks))

    def process_assertion_claims(self, assertion: str, resolve_key: KeySet) -> dict[str, Any]:
        try:
            token = jwt.decode(assertion, resolve_key, algorithms=[ALGORITHM])
        except (JoseError, ValueError) as error:
            raise InvalidClientError(description="The client assertion does not verify.") from error
        self.verify_claims(token.claims)
        return token.claims

    def validate_jti(self, claims: dict[str, Any], jti: Any) -> bool:
        """Shape and lifetime; whether it was seen before is decided by the insert in `service`."""
        now = jwt.JWTClaimsRegistry().now  # the clock the other checks use
        if not isinstance(claims["aud"], str) or claims["exp"] > now + ASSERTION_SECONDS + LEEWAY:
            raise InvalidClientError(description="The assertion lives too long or has a list as 'aud'.")
        if not isinstance(jti, str) or not 16 <= len(jti) <= 128:  # noqa: PLR2004
            return False
        self._outcome.assertion = Assertion(claims["sub"], jti, int(claims["exp"]) + LEEWAY)
        return True


class EndSession(EndSessionEndpoint):
    def get_server_jwks(self) -> KeySet:
        return KeySet.import_key_set(self.server.loaded.jwks)

    def get_algorithms(self) -> list[str]:
        return [ALGORITHM]

    def _validate_id_token_hint(self, id_token_hint: str) -> dict[str, Any]:
        claims: dict[str, Any] = super()._validate_id_token_hint(id_token_hint)
        if claims.get("iss") != self.server.loaded.issuer:
            raise InvalidRequestError("'id_token_hint' is from another issuer.")
        return claims

    def end_session(self, _request: Any) -> None:
        """The service deletes the session."""


class Engine(AuthorizationServer):
    def __init__(self, loaded: Loaded) -> None:
        super().__init__(scopes_supported=SCOPES)
        self.loaded, self.outcome = loaded, Outcome()
        self.register_grant(CodeGrant, [S256Only(required=True), OpenIdChecks(require_nonce=True)])
        self.register_client_auth_method("private_key_jwt", KeyAssertion(loaded, self.outcome))
        self.register_token_generator("default", BearerTokenGenerator(opaque, expires_generator=TOKEN_SECONDS))
        self.register_endpoint(EndSession)

    def query_client(self, client_id: str) -> Client | None:
        client = self.loaded.client
        return client if client and client.client_id == client_id else None

    def save_token(self, token: dict[str, Any], _request: Any) -> None:
        self.outcome.access_token = token["access_token"]

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: ProtocolRequest) -> ProtocolRequest:
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Answer:
        return Answer(status, body, dict(headers))

    def refuse(self, request: ProtocolRequest, error: OAuth2Error) -> Answer:
        return cast("Answer", self.handle_error_response(request, error))


def opaque(**_: Any) -> str:
    return fresh()
