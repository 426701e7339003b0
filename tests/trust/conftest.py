"""One signer and one certificate authority for all tests of trust; no database."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.trust.house import House, create


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(tmp_path_factory: object) -> AsyncIterator[House]:
    async with create(tmp_path_factory.mktemp("house")) as made:  # type: ignore[attr-defined]
        yield made
