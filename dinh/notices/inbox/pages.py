"""The person's notices."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from dinh.kernel.web.routes import action, page, signed_in
from dinh.kernel.web.visit import Visit
from dinh.notices.inbox import service

LAST_PAGE = 1000


@page("/notices", signed_in)
async def notices(request: Visit) -> Response[str]:
    number = _number(request.query_params.get("page", ""))
    async with request.node.read(request.who) as tx:
        shelf = await service.shelf(tx, request.who, request.speaker, number)
    return request.page("notices/notices.html", shelf=shelf, number=number)


def _number(typed: str) -> int:
    return min(max(int(typed), 1), LAST_PAGE) if typed.isascii() and typed.isdigit() and len(typed) <= len(str(LAST_PAGE)) else 1


@page("/notices/{notice:uuid}", signed_in)
async def open_notice(request: Visit, notice: FromPath[UUID]) -> Response[Any]:
    """Read it, and go where it leads."""
    async with request.node.write(request.who) as tx:
        found = await service.open_notice(tx, request.who, notice)
    return request.go(service.words_of(request.node, request.speaker, found).link or "/notices")


@action("/notices/{notice:uuid}/read", signed_in)
async def mark_read(request: Visit, notice: FromPath[UUID]) -> Response[Any]:
    async with request.node.write(request.who) as tx:
        await service.open_notice(tx, request.who, notice)
    return request.go("/notices")


@action("/notices/read", signed_in)
async def mark_all(request: Visit) -> Response[Any]:
    async with request.node.write(request.who) as tx:
        await service.read_all(tx, request.who)
    return request.go("/notices")


routes = [notices, open_notice, mark_read, mark_all]
