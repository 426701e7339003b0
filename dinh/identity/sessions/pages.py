"""Signing in and out at a node, as an OpenID client."""

from typing import Any
from urllib.parse import urlencode

from litestar import MediaType, Response

from dinh.identity.sessions import client, service
from dinh.identity.sessions.client import Issuer
from dinh.identity.sessions.contracts import Party, SignInError
from dinh.kernel import log
from dinh.kernel.errors import Refused, Unavailable
from dinh.kernel.web.routes import action, page, public
from dinh.kernel.web.visit import SESSION, Visit, cookie_name, local_path

DEPARTURE = "dinh_departure"
DEPARTURE_SECONDS = 1800
_log = log.get("identity")


def _away(location: str, *cookies: Any) -> Response[str]:
    return Response("", status_code=303, headers={"location": location}, media_type=MediaType.TEXT, cookies=list(cookies))


@page("/session/start", public)
async def start(request: Visit) -> Response[str]:
    leaving = client.departure(local_path(request.query_params.get("next", "/")))
    try:
        url = await client.authorization_url(request.node.part(Party), request.node.part(Issuer), leaving)
    except SignInError as error:
        _log.warning("issuer_unusable", reason=str(error), trace=request.trace)
        raise Unavailable("identity.issuer_down") from error
    async with request.node.write(request.who) as tx:
        secret = await service.leave(tx, leaving)
    name = cookie_name(request.node, DEPARTURE)
    return _away(f"{url}&{urlencode({'lang': request.language})}", request.cookie(name, secret, seconds=DEPARTURE_SECONDS))


@page("/session/callback", public)
async def callback(request: Visit) -> Response[str]:
    """Three steps, so that no transaction is open during the call to the issuer."""
    party, issuer = request.node.part(Party), request.node.part(Issuer)
    departed, session = (cookie_name(request.node, name) for name in (DEPARTURE, SESSION))
    async with request.node.write(request.who) as tx:
        left = await service.come_back(tx, request.cookies.get(departed, ""))
    if left is None:
        return _away("/session/start")
    try:
        code = client.code_of(party, left, dict(request.query_params))
        arrival = await client.arrive(party, issuer, left, code)
    except SignInError as error:
        _log.warning("sign_in_refused", reason=str(error), trace=request.trace)
        raise Refused("identity.not_vouched") from error
    async with request.node.write(request.who) as tx:
        secret = await service.open_session(tx, request.who, arrival, request.cookies.get(session, ""))
    return _away(left.next, request.cookie(session, secret, seconds=None), request.cookie(departed, "", seconds=0))


@action("/session/end", public)
async def end(request: Visit) -> Response[str]:
    """Out here and at the issuer."""
    party, issuer = request.node.part(Party), request.node.part(Issuer)
    name = cookie_name(request.node, SESSION)
    async with request.node.write(request.who) as tx:
        hint = await service.close_session(tx, request.cookies.get(name, ""))
    fields = {"client_id": party.client_id, "post_logout_redirect_uri": f"{party.origin}/"} | ({"id_token_hint": hint} if hint else {})
    try:
        address = (await issuer.about())["end_session_endpoint"]
    except (SignInError, Unavailable):
        return _away("/", request.cookie(name, "", seconds=0))
    return _away(f"{address}?{urlencode(fields)}", request.cookie(name, "", seconds=0))


routes = [start, callback, end]
