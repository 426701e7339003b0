"""Where the person wants to be told, and the link that ends messages."""

from typing import Any

from litestar import Response
from litestar.params import FromPath

from dinh.kernel.caller import system
from dinh.kernel.errors import Invalid, NotFound
from dinh.kernel.web.routes import action, machine_page, page, public, signed_in
from dinh.kernel.web.visit import Visit
from dinh.notices.contacts import service
from dinh.notices.definitions import Channel, channel_plan


@page("/notices/settings", signed_in)
async def settings(request: Visit) -> Response[str]:
    return await _settings(request)


async def _settings(request: Visit, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None, status: int = 200) -> Response[str]:
    async with request.node.read(request.who) as tx:
        ways = await service.ways_of(tx, request.who)
    spoken = next((way.language for way in ways if way.language), request.language)
    return request.page(
        "notices/settings.html", status=status, ways=ways, spoken=spoken, errors=errors or {}, typed=typed or {},
        example=channel_plan(request.node.country).phone.example,
    )  # fmt: skip


def _channel(name: str) -> Channel:
    for channel in service.CHANNELS:
        if channel == name:
            return channel
    raise NotFound


@action("/notices/settings/{name:str}/code", signed_in)
async def ask_code(request: Visit, name: FromPath[str]) -> Response[Any]:
    """Send a code to the address that was typed."""
    channel, typed = _channel(name), request.posted.get(name)[:300]
    try:
        async with request.node.write(request.who) as tx:
            await service.propose(tx, request.who, channel, typed, request.language)
    except Invalid as refusal:
        return await _settings(request, refusal.fields, {name: typed}, 422)
    return request.go(f"/notices/settings#{name}")


@action("/notices/settings/{name:str}/confirm", signed_in)
async def confirm(request: Visit, name: FromPath[str]) -> Response[Any]:
    async with request.node.write(request.who) as tx:
        verdict = await service.confirm(tx, request.who, _channel(name), request.posted.get(f"{name}-code"))
    if verdict == "confirmed":
        return request.go(f"/notices/settings#{name}")
    return await _settings(request, {f"{name}-code": "notices.wrong_code" if verdict == "wrong" else "notices.ask_again"}, status=422)


@action("/notices/settings/{name:str}/choose", signed_in)
async def choose(request: Visit, name: FromPath[str]) -> Response[Any]:
    async with request.node.write(request.who) as tx:
        await service.choose(tx, request.who, _channel(name), wanted=request.posted.get("wanted") == "yes")
    return request.go(f"/notices/settings#{name}")


@action("/notices/settings/{name:str}/remove", signed_in)
async def remove(request: Visit, name: FromPath[str]) -> Response[Any]:
    async with request.node.write(request.who) as tx:
        await service.remove(tx, request.who, _channel(name))
    return request.go(f"/notices/settings#{name}")


@action("/notices/settings/language", signed_in)
async def speak(request: Visit) -> Response[Any]:
    async with request.node.write(request.who) as tx:
        await service.speak(tx, request.who, request.posted.get("language"))
    return request.go("/notices/settings#language")


@page("/notices/leave/{token:str}", public)
async def leave_form(request: Visit, token: FromPath[str]) -> Response[str]:
    """Asks before it ends anything: machines open links too."""
    async with request.node.read(system("notices")) as tx:
        wanted = await service.still_wanted(tx, token)
    return request.page("notices/leave.html", wanted=wanted, token=token)


@machine_page("/notices/leave/{token:str}", public)
async def leave(request: Visit, token: FromPath[str]) -> Response[str]:
    """By the button of that page, or by a mail program in one click (RFC 8058): the link itself is the proof."""
    async with request.node.write(system("notices")) as tx:
        await service.leave(tx, system("notices"), token)
    return request.page("notices/leave.html", wanted=False, token=token)


routes = [settings, ask_code, confirm, choose, remove, speak, leave_form, leave]
