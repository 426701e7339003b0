"""The provider's addresses, where OpenID Connect puts them."""

from typing import Any
from urllib.parse import urlencode

from litestar import MediaType, Response

from dinh.identity.provider import rules, service
from dinh.identity.provider.contracts import Answer, NeedsSignIn, SignedIn
from dinh.identity.provider.service import Provider
from dinh.kernel.transactions import ReadTx
from dinh.kernel.web.bodies import pairs
from dinh.kernel.web.routes import action, machine_page, page, public
from dinh.kernel.web.visit import Visit, cookie_name

PERSON = "dinh_person"


def _send(answer: Answer) -> Response[Any]:
    """JSON, a redirect, or text, as the protocol's core decided."""
    kind = MediaType.JSON if isinstance(answer.body, dict) else MediaType.TEXT
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "content-type"}
    return Response(answer.body, status_code=answer.status, headers=headers, media_type=kind)


async def _signed_in(visit: Visit, tx: ReadTx) -> SignedIn | None:
    secret = visit.cookies.get(cookie_name(visit.node, PERSON), "")
    return await service.signed_in(tx, secret) if secret else None


@page("/.well-known/openid-configuration", public)
async def configuration(request: Visit) -> Response[dict[str, Any]]:
    return Response(rules.discovery(request.node.part(Provider).issuer))


@page("/jwks", public)
async def jwks(request: Visit) -> Response[dict[str, Any]]:
    return Response(request.node.part(Provider).key.jwks)


@page("/authorize", public)
async def authorize(request: Visit) -> Response[Any]:
    provider = request.node.part(Provider)
    asked = provider.request("GET", "/authorize", list(request.query_params.multi_items()))
    async with request.node.write(request.who) as tx:
        answer = await service.authorize(tx, provider, asked, await _signed_in(request, tx))
    if isinstance(answer, NeedsSignIn):
        return request.go("/sign-in?" + urlencode({"next": answer.next, "lang": request.language}))
    if answer.location:
        return Response("", status_code=303, headers={"location": answer.location}, media_type=MediaType.TEXT)
    return request.page("identity/refused.html", status=400)


@machine_page("/token", public)
async def token(request: Visit) -> Response[Any]:
    provider = request.node.part(Provider)
    body = (await request.body()).decode("utf-8", "replace")
    asked = provider.request("POST", "/token", pairs(body))
    async with request.node.write(request.who) as tx:
        redeemed = await service.redeem(tx, provider, asked)
    if redeemed.claims:
        redeemed.answer.body["id_token"] = await provider.key.jwt(redeemed.claims)
    return _send(redeemed.answer)


@page("/userinfo", public)
async def userinfo(request: Visit) -> Response[Any]:
    async with request.node.read(request.who) as tx:
        return _send(await service.userinfo(tx, request.headers.get("authorization", "")))


@page("/logout", public)
async def logout(request: Visit) -> Response[Any]:
    provider = request.node.part(Provider)
    asked = provider.request("GET", "/logout", list(request.query_params.multi_items()))
    async with request.node.write(request.who) as tx:
        answer = await service.logout(tx, provider, asked, await _signed_in(request, tx))
    if answer is None:
        return request.page("identity/sign_out.html")
    return _send(answer) if answer.location else request.go("/")


@action("/logout", public)
async def confirm_logout(request: Visit) -> Response[Any]:
    """The person says so themselves: no hint is needed."""
    async with request.node.write(request.who) as tx:
        person = await _signed_in(request, tx)
        if person:
            await service.end(tx, person)
    return request.go("/")


routes = [configuration, jwks, authorize, token, userinfo, logout, confirm_logout]
