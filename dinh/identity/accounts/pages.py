"""The two pages of signing in. They keep nothing but the number that was typed, and say no more than they must."""

from typing import Any

from litestar import Response

from dinh.identity.accounts import service
from dinh.identity.provider import PERSON
from dinh.kernel.errors import Invalid, TooMany
from dinh.kernel.web.routes import action, page, public
from dinh.kernel.web.visit import Visit, cookie_name, local_path

ATTEMPT = "dinh_attempt"
ATTEMPT_SECONDS = 300


@page("/sign-in", public)
async def ask_password(request: Visit) -> Response[str]:
    return request.page("identity/password.html", next=local_path(request.query_params.get("next", "/")), number="", error=None)


@action("/sign-in", public)
async def take_password(request: Visit) -> Response[Any]:
    form = request.posted
    number, next_ = "".join(form.get("number").split()), local_path(form.get("next", "/"))
    try:
        account = await service.check_password(request.node, request.who, number, form.get("password"), request.address)
    except (Invalid, TooMany) as error:
        return request.page("identity/password.html", status=error.status, next=next_, number=number, error=error)
    async with request.node.write(request.who) as tx:
        secret = await service.begin(tx, account, next_)
    name = cookie_name(request.node, ATTEMPT)
    return request.go("/sign-in/code", [request.cookie(name, secret, seconds=ATTEMPT_SECONDS)])


@page("/sign-in/code", public)
async def ask_code(request: Visit) -> Response[Any]:
    if cookie_name(request.node, ATTEMPT) not in request.cookies:
        return request.go("/sign-in")
    return request.page("identity/code.html", error=None)


@action("/sign-in/code", public)
async def take_code(request: Visit) -> Response[Any]:
    attempt, person = (cookie_name(request.node, name) for name in (ATTEMPT, PERSON))
    secret, old = request.cookies.get(attempt, ""), request.cookies.get(person, "")
    try:
        passed = await service.finish(request.node, request.who, secret, request.posted.get("code"), old, request.address)
    except (Invalid, TooMany) as error:
        return request.page("identity/code.html", status=error.status, error=error)
    cookies = [request.cookie(person, passed.secret, seconds=None), request.cookie(attempt, "", seconds=0)]
    return request.go(passed.next, cookies)


routes = [ask_password, take_password, ask_code, take_code]
