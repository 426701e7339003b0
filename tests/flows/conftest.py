"""What flows share: what registers answered, and a mail server and an SMS gateway for those that want them."""

from collections.abc import AsyncIterator

import pytest_asyncio

from dinh.notices import HttpSms, Senders
from tests.flows.outcomes import Seen, watched
from tests.flows.post import Gateway, PostOffice
from tests.world import World


@pytest_asyncio.fixture(loop_scope="session")
async def seen(world: World) -> AsyncIterator[Seen]:
    async with watched(world) as made:
        yield made
    assert made.misshapen == [], "an answer holds what services.yaml says"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office(world: World) -> AsyncIterator[PostOffice]:
    made = PostOffice().open()
    before = world.portal.part(Senders)
    world.portal.plug(Senders, Senders(made.mailer, before.sms))
    yield made
    world.portal.plug(Senders, before)
    made.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gateway(world: World, office: PostOffice) -> AsyncIterator[Gateway]:
    made = await Gateway().open()
    before = world.portal.part(Senders)
    world.portal.plug(Senders, Senders(before.mail, HttpSms(f"http://127.0.0.1:{made.port}/send", "secret-token")))
    yield made
    world.portal.plug(Senders, before)
    await made.close()
