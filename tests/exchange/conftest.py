"""Providers' systems, registered once a test process."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from dinh.exchange import Right, Service, Systems
from tests.exchange import people
from tests.exchange.backend import TITLE, Backend, offered, serving
from tests.exchange.mailbox import Mailbox, give_all_up, opened, settled
from tests.world import World

METERED_CLIENT = "SUBSYSTEM:VN/GOV/G22/counted"
LIMITS = {"three": 3, "shown": 3, "five": 5, "days": 1, "free": None, "fragile": 1, "absent": 1}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def provider(world: World) -> AsyncIterator[Backend]:
    async with serving(world) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def backend(world: World, provider: Backend) -> Backend:
    """Reached by the registers' node, whatever another test plugged in there."""
    world.registers.plug(Systems, provider.outward)
    return provider


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def limited(world: World) -> AsyncIterator[Backend]:
    made = Backend()
    async with made.opened() as address:
        urls = dict.fromkeys(LIMITS, f"{address}/") | {"absent": "http://127.0.0.1:9/"}
        services = [
            Service(code=code, provider="G01", kind="ask", title=TITLE, rights=[], subsystem="metered", url=url) for code, url in urls.items()
        ]
        given: dict[str, Any] = {"purpose": "trial", "title": TITLE, "basis": "test", "ref": "test", "assurance": 0, "clients": [METERED_CLIENT]}
        await offered(world, [METERED_CLIENT], services, {code: Right(**given, daily=daily) for code, daily in LIMITS.items()})
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def metered(world: World, limited: Backend) -> Backend:
    world.registers.plug(Systems, limited.outward)
    return limited


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def peopled(world: World) -> AsyncIterator[Backend]:
    async with people.asked(world) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def asking(world: World, peopled: Backend) -> AsyncIterator[people.System]:
    """A system of a client, whose questions about persons reach a system of the registers' node."""
    world.registers.plug(Systems, peopled.outward)
    peopled.seen.clear()
    made = people.System(world)
    async with made.http:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def mailbox(world: World) -> AsyncIterator[Mailbox]:
    async with opened(world) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def box(world: World, mailbox: Mailbox) -> AsyncIterator[Mailbox]:
    """Nothing of an earlier test waits."""
    world.registers.plug(Systems, mailbox.outward)
    mailbox.says = 200
    await give_all_up(world)
    await settled(world)
    mailbox.calls.clear()
    mailbox.done.clear()
    yield mailbox
    mailbox.says = 200
