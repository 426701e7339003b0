"""Every page that is read by GET is valid HTML, in both languages, as everyone who may open it."""

import os
import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from dinh.app.serve import build
from dinh.kernel.node import Node
from tests import validator as nu
from tests.flows.test_leaks import NEEDS_HTTP, addresses, askers
from tests.flows.victims import Victim, make, mend
from tests.walls.test_routes import handlers_of
from tests.world import Visitor, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
# Ends the session that asks.
LAST = "/logout"
GOES_ON = range(300, 400)
# Tokens, references and times: two pages that differ in these alone are one.
CHANGES = re.compile(rb"[0-9a-f-]{8,}|[0-9]+")


@pytest.fixture(scope="module")
def validator() -> Iterator[nu.Validator]:
    if not nu.available():
        assert os.environ.get("CI") != "true", "make tools installs Java"
        pytest.skip("no Java: make tools installs it")
    made = nu.Validator()
    yield made
    made.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def victim(world: World) -> AsyncIterator[Victim]:
    made = await make(world)
    yield made
    await mend(world, made)


async def _people(world: World, node: Node) -> list[Visitor]:
    """Everyone with an account here, nobody, and the person whom the pages are about."""
    own = [await world.sign_in(world.account("mother"), node)] if node is world.portal else []
    return [*own, *[asker.visitor for asker in await askers(world, node)]]


@pytest.mark.parametrize("code", ["portal", "haiphong", "registers"])
async def test_every_page_is_valid_html(world: World, victim: Victim, validator: nu.Validator, code: str) -> None:
    node, wrong, seen = world.nodes[code], dict[str, list[str]](), set[bytes]()
    paths = sorted({path for path, handler in handlers_of(build(node)) if "GET" in handler.http_methods}, key=lambda path: path == LAST)
    for language, visitor in [(language, visitor) for language in ("vi", "en") for visitor in await _people(world, node)]:
        for address in [address for path in paths if path != NEEDS_HTTP for address in addresses(path, victim, world)]:
            page = await visitor.get(address, headers={"accept-language": language})
            shape = CHANGES.sub(b"", page.content)
            if page.status_code not in GOES_ON and page.headers.get("content-type", "").startswith("text/html") and shape not in seen:
                seen.add(shape)
                if found := validator.faults(page.content):
                    wrong[f"{address} {language} {page.status_code}"] = found
    print(f"{code}: {len(seen)} pages")  # noqa: T201
    assert wrong == {}, "\n".join(f"{address}: {found}" for address, found in wrong.items())
    assert len(seen) >= 10, "pages were looked at"


async def test_bite(validator: nu.Validator) -> None:
    assert validator.faults(b"<!DOCTYPE html><html lang=en><title>x</title><p><div id=a></div></p><div id=a></div>")
    assert validator.faults("<!DOCTYPE html><html lang=vi><title>Đình</title><p>Chào bạn</p>".encode()) == []
