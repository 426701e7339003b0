"""What flows share."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.flows.outcomes import Seen, watched
from tests.world import World


@pytest_asyncio.fixture(loop_scope="session")
async def seen(world: World) -> AsyncIterator[Seen]:
    async with watched(world) as made:
        yield made
    assert made.misshapen == [], "an answer holds what services.yaml says"
