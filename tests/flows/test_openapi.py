"""No request that an OpenAPI document allows or forbids breaks a node: as officials and as nobody."""

import httpx
import pytest

from dinh.kernel.node import Node
from tests.flows.openapi import document, faults, made_up, send
from tests.world import Visitor, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
EXAMPLES = 25


async def people(world: World, node: Node) -> list[Visitor]:
    own = [account for account in world.accounts if account.address == node.origin and account.role in {"registrar", "leader", "operator", "keeper"}]
    return [world.visitor(node), *[await world.sign_in(account) for account in own]]


async def tried(world: World, node: Node, examples: int) -> set[str]:
    """What was wrong with the answers to so many requests for each operation."""
    described = await document(world.visitor(node))
    cases, found = made_up(described, examples), set[str]()
    assert len(cases) >= len(described["paths"])
    for visitor in await people(world, node):
        for case in cases:
            found |= set(faults(described, case, await send(visitor, case)))
    return found


@pytest.mark.parametrize("code", ["portal", "haiphong", "registers"])
async def test_nothing_that_is_made_up_breaks_a_node(world: World, code: str) -> None:
    assert await tried(world, world.nodes[code], EXAMPLES) == set()


async def test_bite() -> None:
    """An answer that the document does not know."""
    described = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {"/x": {"get": {"responses": {"200": {"description": "x"}}}}}}
    case = made_up(described, 1)[0]
    assert len(faults(described, case, httpx.Response(500))) == 3
    assert faults(described, case, httpx.Response(200)) == []


async def test_an_official_gets_further_than_the_door(world: World) -> None:
    """Else the documents would be tried on the guard alone."""
    registrar = await world.sign_in(world.account("registrar"))
    described = await document(registrar)
    seen = {(await send(registrar, case)).status_code for case in made_up(described, 5)}
    assert seen & {400, 404, 422}
