"""As tests/flows/test_openapi.py, with a thousand requests for each operation."""

import pytest

from tests.flows.test_openapi import tried
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
EXAMPLES = 500


@pytest.mark.parametrize("code", ["portal", "haiphong", "registers"])
async def test_a_thousand_requests_for_each_operation(world: World, code: str) -> None:
    assert await tried(world, world.nodes[code], EXAMPLES) == set()
