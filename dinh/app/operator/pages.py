"""The operator's page of a node: what needs them, in one sentence; then everything that is so."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, get_args

from litestar import Response
from litestar.params import FromPath

from dinh.app.operator import service
from dinh.app.operator.contracts import Facts, Reason
from dinh.app.operator.service import OPERATE
from dinh.kernel.errors import Invalid
from dinh.kernel.texts import Speaker, Texts
from dinh.kernel.web.routes import action, entrusted, page
from dinh.kernel.web.visit import Visit

operator = entrusted(OPERATE)
STEPS = (("days", 86400), ("hours", 3600), ("minutes", 60))
UNITS = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


@page("/operator", operator)
async def show(request: Visit) -> Response[str]:
    return await _page(request)


async def _page(request: Visit, error: Invalid | None = None, field: str = "") -> Response[str]:
    health = await service.health(request.node, request.who)
    words = {
        "ago": _ago(request.speaker, health.facts),
        "size": _size(request.speaker),
        "reasons": get_args(Reason),
        "aside": {one.job: one.reason for one in health.facts.aside},
        "loop_name": _loop_name(request),
    }
    return request.page(
        "app/operator.html", status=error.status if error else 200, health=health, facts=health.facts, error=error, field=field, **words
    )


def _ago(speaker: Speaker, facts: Facts) -> Any:
    """How long since, in the largest whole unit."""

    def ago(since: Any) -> str:
        seconds = int(max(facts.at - since, timedelta()).total_seconds())
        unit, length = next(((unit, length) for unit, length in STEPS if seconds >= length), ("seconds", 1))
        return speaker.say(f"app.{unit}", n=seconds // length)

    return ago


def _loop_name(request: Visit) -> Callable[[str], str]:
    """A loop of another release, whose mark is still there, keeps its code."""
    known = request.node.part(Texts).keys(request.speaker.language)
    return lambda code: request.speaker.say(key) if (key := f"app.loop_{code}") in known else code


def _size(speaker: Speaker) -> Any:
    """In the unit that leaves two to four digits."""

    def size(count: int) -> str:
        unit, length = next(((unit, length) for unit, length in UNITS if count >= 10 * length), UNITS[-1])
        return f"{speaker.number(count // length)} {unit}"

    return size


@action("/operator/jobs/{job:int}/release", operator)
async def release(request: Visit, job: FromPath[int]) -> Response[Any]:
    async with request.node.write(request.who) as tx:
        await service.release_job(tx, request.who, job)
    return request.go("/operator#jobs")


@action("/operator/jobs/{job:int}/aside", operator)
async def put_aside(request: Visit, job: FromPath[int]) -> Response[Any]:
    field = f"reason-{job}"
    try:
        async with request.node.write(request.who) as tx:
            await service.put_job_aside(tx, request.who, job, request.posted.get(field))
    except Invalid as error:
        return await _page(request, error, field)
    return request.go("/operator#jobs")


@action("/operator/outbox/retry", operator)
async def retry(request: Visit) -> Response[Any]:
    async with request.node.write(request.who) as tx:
        await service.retry_outbox(tx, request.who)
    return request.go("/operator#outbox")


@action("/operator/verification", operator)
async def verify(request: Visit) -> Response[Any]:
    async with request.node.write(request.who) as tx:
        await service.ask_verification(tx, request.who)
    return request.go("/operator#seals")


routes = [show, release, put_aside, retry, verify]
