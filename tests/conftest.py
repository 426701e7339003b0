"""One world a test process."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.world import World, create


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world() -> AsyncIterator[World]:
    async with create() as made:
        yield made
