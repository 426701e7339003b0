"""The OpenID provider: authorization code with PKCE, and every way to get it wrong."""

import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from dinh.identity import Party
from dinh.identity.sessions.client import assertion
from tests.world import Visitor, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
VERIFIER = "v" * 64
CLIENT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


async def _signed_in(world: World) -> Visitor:
    """A browser with a session at the provider, through its own two pages."""
    await world.forgive()
    account = world.account("mother")
    visitor = world.visitor(world.portal)
    await visitor.get("/sign-in")
    visitor.anchor = visitor.http.cookies["dinh_visitor"]
    await visitor.post("/sign-in", {"number": account.username, "password": account.password, "next": "/verify"})
    await visitor.post("/sign-in/code", {"code": await world.code(account)})
    return visitor


def _request(world: World, **changes: str) -> dict[str, str]:
    party = world.desk.part(Party)
    fields = {
        "response_type": "code", "client_id": party.client_id, "redirect_uri": party.callback, "scope": "openid", "state": "state-state",
        "nonce": "nonce-nonce-nonce", "code_challenge": create_s256_code_challenge(VERIFIER), "code_challenge_method": "S256",
    }  # fmt: skip
    return {name: value for name, value in (fields | changes).items() if value}


async def _authorize(world: World, visitor: Visitor, **changes: str) -> httpx.Response:
    return await visitor.get("/authorize?" + urlencode(_request(world, **changes)))


async def _code(world: World, visitor: Visitor) -> str:
    response = await _authorize(world, visitor)
    query = parse_qs(urlsplit(response.headers["location"]).query)
    assert query["iss"] == [world.portal.origin]
    return query["code"][0]


async def _token(world: World, code: str, proof: str | None = None, **changes: str) -> httpx.Response:
    party = world.desk.part(Party)
    fields = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": party.callback, "code_verifier": VERIFIER, "client_id": party.client_id,
        "client_assertion_type": CLIENT_ASSERTION, "client_assertion": proof or await assertion(party),
    }  # fmt: skip
    return await world.visitor(world.portal).http.post("/token", data={**fields, **changes})


async def test_discovery_names_only_what_is_served(world: World) -> None:
    about = (await world.visitor(world.portal).get("/.well-known/openid-configuration")).json()
    assert about["issuer"] == world.portal.origin
    assert about["code_challenge_methods_supported"] == ["S256"]
    assert about["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    jwks = (await world.visitor(world.portal).get("/jwks")).json()
    assert "d" not in jwks["keys"][0]


async def test_a_code_becomes_an_id_token_once(world: World) -> None:
    code = await _code(world, await _signed_in(world))
    first = await _token(world, code)
    assert first.status_code == 200
    assert first.json()["id_token"].count(".") == 2
    headers = {"authorization": f"Bearer {first.json()['access_token']}"}
    user = await world.visitor(world.portal).http.get("/userinfo", headers=headers)
    assert user.json()["sub"] == await world.person(world.account("mother"))
    again = await _token(world, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    taken_back = await world.visitor(world.portal).http.get("/userinfo", headers=headers)
    assert taken_back.status_code == 401


@pytest.mark.parametrize(
    "changes",
    [{"code_challenge": ""}, {"code_challenge_method": "plain"}, {"code_challenge_method": ""}, {"response_type": "token"}, {"nonce": ""}],
)
async def test_weak_requests_are_sent_back_without_a_code(world: World, changes: dict[str, str]) -> None:
    response = await _authorize(world, await _signed_in(world), **changes)
    assert "code=" not in response.headers.get("location", "")


@pytest.mark.parametrize("uri", ["https://evil.example/", "http://haiphong.localhost/session/callback/..", ""])
async def test_an_address_that_is_not_the_clients_is_never_redirected_to(world: World, uri: str) -> None:
    response = await _authorize(world, await _signed_in(world), redirect_uri=uri)
    assert response.status_code == 400
    assert "location" not in response.headers


@pytest.mark.parametrize(
    "changes", [{"code_verifier": "w" * 64}, {"redirect_uri": "http://localhost/session/callback"}, {"grant_type": "password"}, {"code_verifier": ""}]
)
async def test_a_code_with_wrong_proof_gives_nothing(world: World, changes: dict[str, str]) -> None:
    response = await _token(world, await _code(world, await _signed_in(world)), **changes)
    assert response.status_code == 400
    assert "access_token" not in response.json()


async def test_client_assertions_are_checked_and_used_once(world: World) -> None:
    party = world.desk.part(Party)
    visitor = await _signed_in(world)
    used = await assertion(party)
    assert (await _token(world, await _code(world, visitor), used)).status_code == 200
    bad: list[Any] = [used, await assertion(party, aud="https://other.example"), await assertion(party, exp=int(time.time()) - 60), "a.b.c",
                      "eyJhbGciOiJub25lIn0.e30."]  # fmt: skip
    for proof in bad:
        response = await _token(world, await _code(world, visitor), proof)
        assert response.status_code in {400, 401}, proof
        assert "access_token" not in response.json()


async def test_a_stranger_is_sent_to_sign_in_and_back_into_the_request(world: World) -> None:
    response = await _authorize(world, world.visitor(world.portal))
    target = urlsplit(response.headers["location"])
    assert target.path == "/sign-in"
    assert parse_qs(target.query)["next"][0].startswith("/authorize?")


async def test_another_issuer_can_be_configured(world: World) -> None:
    """A node that trusts another provider sends its visitors there, and accepts nobody else's word."""
    import msgspec

    from dinh.identity.sessions.client import code_of, departure
    from dinh.identity.sessions.contracts import SignInError

    party, left = msgspec.structs.replace(world.desk.part(Party), issuer="https://id.example.org"), departure("/desk")
    with pytest.raises(SignInError):
        code_of(party, left, {"iss": world.portal.origin, "state": left.state, "code": "c"})
    assert code_of(party, left, {"iss": "https://id.example.org", "state": left.state, "code": "c"}) == "c"
