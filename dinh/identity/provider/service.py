"""The provider's verbs: load, let Authlib decide, save."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError, OAuth2Error
from authlib.oauth2.rfc6750.errors import InvalidTokenError

from dinh.identity.provider import rules, store
from dinh.identity.provider.contracts import Answer, Client, Code, NeedsSignIn, SignedIn
from dinh.identity.provider.protocol import TOKEN_SECONDS, Engine, Loaded, ProtocolRequest
from dinh.kernel.ids import digest
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.trust import Key

CODE_LIFE = timedelta(seconds=60)


class Provider(msgspec.Struct, frozen=True):
    issuer: str
    key: Key

    def request(self, method: str, path: str, pairs: list[tuple[str, str]]) -> ProtocolRequest:
        return ProtocolRequest(method, self.issuer + path, pairs)

    def loaded(self, client: Client | None = None, code: Code | None = None) -> Loaded:
        return Loaded(self.issuer, self.key.jwks, client, code)


class Redeemed(msgspec.Struct, frozen=True):
    """`claims` are to be signed after the transaction is closed."""

    answer: Answer
    claims: dict[str, Any] | None = None


async def authorize(tx: WriteTx, provider: Provider, request: ProtocolRequest, person: SignedIn | None) -> Answer | NeedsSignIn:
    """An authorization code for the client, or what has to happen first."""
    fields, client = request.args, await store.client(tx, request.args.get("client_id"))
    engine = Engine(provider.loaded(client))
    if person and not rules.enough(person, fields, int(tx.now.timestamp())):
        person = None
    try:
        if fields.get("response_type") != "code":
            raise InvalidRequestError("'response_type' has to be 'code'.")
        grant = engine.get_consent_grant(request, end_user=person)
    except OAuth2Error as error:
        return rules.with_issuer(engine.refuse(request, error), provider.issuer)
    if person is None or grant.prompt == "login":
        return NeedsSignIn(rules.back_to_authorize(fields))
    answer: Answer = engine.create_authorization_response(request, grant_user=person, grant=grant)
    if engine.outcome.code and client:
        await _save_code(tx, client, person, engine, fields)
    return rules.with_issuer(answer, provider.issuer)


async def _save_code(tx: WriteTx, client: Client, person: SignedIn, engine: Engine, fields: dict[str, str]) -> None:
    sub = await store.reference(tx, client.sector, person.account)
    code = Code(
        digest(str(engine.outcome.code)), client.client_id, fields["redirect_uri"], str(engine.outcome.scope),
        fields["code_challenge"], fields["nonce"], person.sid, sub, person.auth_time, person.acr, person.amr,
        tx.now + CODE_LIFE,
    )  # fmt: skip
    await store.add_code(tx, code)


async def redeem(tx: WriteTx, provider: Provider, request: ProtocolRequest) -> Redeemed:
    """A code for an access token and the claims of an ID token. Commits refusals too: they burn the code."""
    fields = request.args
    client = await store.client(tx, rules.claimed_client(fields.get("client_assertion", "")))
    code = await store.lock_code(tx, digest(fields.get("code", "")))
    engine = Engine(provider.loaded(client, code if code and _fresh(code, tx.now) else None))
    if refusal := _odd(request, client):
        return Redeemed(engine.refuse(request, refusal))
    answer: Answer = engine.create_token_response(request)
    if not engine.outcome.assertion:
        return Redeemed(answer)
    if not await store.remember(tx, engine.outcome.assertion):
        return Redeemed(engine.refuse(request, InvalidClientError(description="JWT ID is used before.")))
    if code and client and code.client_id == client.client_id:
        return await _settle(tx, provider, engine, answer, code)
    return Redeemed(answer)


def _fresh(code: Code, now: datetime) -> bool:
    return code.used_at is None and code.expires_at > now


def _odd(request: ProtocolRequest, client: Client | None) -> OAuth2Error | None:
    """What Authlib lets pass: repeated fields, a second client name, an unknown grant with odd letters."""
    fields = request.args
    if request.payload.repeated or fields.get("grant_type") != "authorization_code":
        return InvalidRequestError("Repeated fields or another 'grant_type'.")
    if client and fields.get("client_id", client.client_id) != client.client_id:
        return InvalidClientError(description="'client_id' is not the one of the assertion.")
    return None


async def _settle(tx: WriteTx, provider: Provider, engine: Engine, answer: Answer, code: Code) -> Redeemed:
    """Use the code up, whatever the answer; a second use takes back what the first one gave."""
    await store.use_code(tx, code.hash)
    token = engine.outcome.access_token
    if not token:
        await store.revoke_tokens_of(tx, code.hash)
        return Redeemed(answer)
    await store.add_token(tx, digest(token), code, TOKEN_SECONDS)
    return Redeemed(answer, rules.id_claims(provider.issuer, code, token, int(tx.now.timestamp())))


async def signed_in(tx: ReadTx, secret: str) -> SignedIn | None:
    """Who the provider's own session belongs to."""
    return await store.session(tx, digest(secret))


async def end(tx: WriteTx, person: SignedIn) -> None:
    """End the provider's session and every token that came from it."""
    await store.end(tx, person.sid)


async def userinfo(tx: ReadTx, authorization: str) -> Answer:
    scheme, _, token = authorization.partition(" ")
    access = await store.access(tx, digest(token)) if scheme.lower() == "bearer" else None
    if access is None:
        status, body, headers = InvalidTokenError()()
        return Answer(status, body, dict(headers))
    return Answer(200, {"sub": access.sub, "acr": access.acr}, {"Cache-Control": "no-store"})


async def logout(tx: WriteTx, provider: Provider, request: ProtocolRequest, person: SignedIn | None) -> Answer | None:
    """None: ask the person first (no hint, or a hint that is not about this session)."""
    hinted = request.args.get("client_id") or rules.audience(request.args.get("id_token_hint", ""))
    engine = Engine(provider.loaded(await store.client(tx, hinted)))
    try:
        asked = engine.validate_endpoint_request("end_session", request)
    except OAuth2Error as error:
        return engine.refuse(request, error)
    if person and (asked.needs_confirmation or asked.id_token_claims.get("sid") != person.sid):
        return None
    if person:
        await store.end(tx, person.sid)
    return engine.create_endpoint_response("end_session", asked) or Answer(200, "signed out", {})
