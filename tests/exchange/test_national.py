"""What all nodes publish, gathered by letters at the registry's node: nothing but that, signed by each, and what is missing is said."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
import pytest_asyncio

from dinh.exchange import Letters, Links, gather_figures
from dinh.exchange.heads import Attested, attest
from dinh.exchange.statistics import FIGURES, Figures, Line, Wanted
from dinh.exchange.statistics.rules import whole_hours
from dinh.exchange.statistics.telling import tell
from dinh.kernel import clock
from dinh.kernel.errors import Unavailable
from dinh.kernel.node import Node
from tests.exchange.test_operation import DATA, DAY, NOTHING, counted, kept
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
NATIONAL, PAGE = f"{DATA}/national", "/open/exchange/national"
FORGET = f"{NOTHING}; DELETE FROM exchange.gathered; DELETE FROM exchange.national; DELETE FROM exchange.national_day"
HOUR = timedelta(hours=1)
Verb = Callable[[Node, bytes], Awaitable[bytes]]


@pytest_asyncio.fixture(loop_scope="session")
async def past(world: World) -> AsyncIterator[datetime]:
    """Noon, twelve days ago, of nodes that have exchanged nothing before: two provide, and each has lines too small to be told."""
    noon = (clock.now().astimezone(world.portal.country.zone) - 12 * DAY).replace(hour=12, minute=0, second=0, microsecond=0)
    await _forget(world, noon)
    small, other = [("H24", "G01", "population.person", 2), ("T02", "G01", "population.identify", 1)], [("H24", "G22", "mandates.person", 2)]
    await kept(world.registers, noon, [("G22", "G01", "population.person", 7), *small])
    await kept(world.registers, noon + HOUR, [("G22", "G15", "civilstatus.birth_of", 4), ("H24", "G15", "civilstatus.birth_of", 1)])
    await kept(world.portal, noon, [("G01", "G22", "mandates.person", 5), *other])
    for node in world.nodes.values():
        await counted(node)
    yield noon
    await _forget(world, noon)


async def _forget(world: World, noon: datetime) -> None:
    for node in world.nodes.values():
        node.part(Links).clear()
        owner = await world.supervisor.databases.owner(world.supervisor.databases.name(node.code))
        await owner.execute(f"{FORGET}; DELETE FROM exchange.call WHERE response_out < '{(noon + DAY).isoformat()}'")
        await owner.close()


async def gathered(world: World) -> None:
    while await gather_figures(world.portal):
        pass


async def read(node: Node, world: World, path: str, **query: str) -> dict[str, Any]:
    answer = await world.visitor(node).http.get(f"{path}?{urlencode(query)}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def lines_of(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    return sorted(
        (*(one[key] for key in ("at", "client", "provider", "service", "outcome", "calls", "bytes_in")), tuple(one["durations"]))
        for one in found["lines"]
    )


@asynccontextmanager
async def answering(node: Node, verb: Verb) -> AsyncIterator[None]:
    node.part(Letters)[FIGURES] = verb
    try:
        yield
    finally:
        node.part(Letters)[FIGURES] = tell


async def test_national_figures_are_what_the_nodes_publish_and_the_difference_tells_nothing_more(world: World, past: datetime) -> None:
    await gathered(world)
    day = past.date().isoformat()
    for by in ("hour", "day"):
        query = {"by": by, "from": day, "until": day}
        national = await read(world.portal, world, NATIONAL, **query)
        own = {node.code: lines_of(await read(node, world, DATA, **query)) for node in world.nodes.values()}
        assert national["missing"] == []
        assert lines_of(national) == sorted(line for lines in own.values() for line in lines), "the sum of what is published, and nothing else"
        without = [one for one in national["lines"] if one["node"] != "registers"]
        assert lines_of({"lines": without}) == sorted([*own["portal"], *own[world.desk.code]]), "less one node, the others' own words are left"
        assert "T02" not in str(national)
        assert not [one for one in national["lines"] if one["client"] == "H24"], "two calls, at one node and at the other"
        assert sum(one["calls"] for one in national["lines"]) == 19, "7, 3 without a name, 4, 5; 2 and 1 are left out of every sum"
        (whole,) = [one for one in national["days"] if one["day"] == day]
        assert whole["calls"] == 19
    page = await world.visitor(world.portal, "en").get(PAGE)
    assert page.status_code == 200
    assert "Every node has told all of its published hours" in page.text
    table = (await world.visitor(world.portal).http.get(f"{NATIONAL}.csv?{urlencode({'from': day, 'until': day})}")).text.splitlines()
    assert table[0].startswith("node,at,client,provider,service,outcome,calls")
    assert len(table) == 1 + len(national["lines"])
    assert (await world.visitor(world.registers).get(PAGE)).status_code == 404, "at the registry's node only"
    assert "/open/exchange/national" in (await world.visitor(world.registers).get("/open/exchange")).text


async def test_what_was_told_never_grows(world: World, past: datetime) -> None:
    await gathered(world)
    query = {"by": "hour", "from": past.date().isoformat(), "until": past.date().isoformat()}
    before = await read(world.portal, world, NATIONAL, **query)
    await kept(world.registers, past + timedelta(minutes=5), [("G22", "G01", "population.person", 9)])
    await counted(world.registers)
    await gathered(world)
    assert await read(world.portal, world, NATIONAL, **query) == before


async def test_a_node_that_does_not_answer_is_missing_until_it_is_back(world: World, past: datetime) -> None:
    async def down(_node: Node, _letter: bytes) -> bytes:
        raise Unavailable

    day = past.date().isoformat()
    async with answering(world.registers, down):
        await gathered(world)
        found = await read(world.portal, world, NATIONAL, **{"by": "hour", "from": day, "until": day})
        page = (await world.visitor(world.portal, "en").get(PAGE)).text
        table = await world.visitor(world.portal).http.get(f"{NATIONAL}.csv?{urlencode({'from': day, 'until': day})}")
    assert [one["node"] for one in found["missing"]] == ["registers"]
    assert datetime.fromisoformat(found["missing"][0]["since"]) == past.replace(hour=0), "of what was asked for, every hour"
    assert sum(one["calls"] for one in found["lines"]) == 5, "the others are in"
    assert "every hour from" in page
    assert "1 node<" in page
    assert table.headers["dinh-missing"].startswith("registers ")
    await gathered(world)
    assert (await read(world.portal, world, NATIONAL, **{"from": day, "until": day}))["missing"] == []


async def test_an_hour_that_a_node_has_not_counted_yet_is_missing_and_not_empty(world: World, past: datetime) -> None:
    late = past + 20 * HOUR
    await kept(world.registers, late, [("G22", "G01", "population.person", 4)])
    await gathered(world)
    query = {"by": "hour", "from": late.date().isoformat(), "until": late.date().isoformat()}
    found = await read(world.portal, world, NATIONAL, **query)
    assert [(one["node"], datetime.fromisoformat(one["since"])) for one in found["missing"]] == [("registers", late)]
    await counted(world.registers)
    await gathered(world)
    found = await read(world.portal, world, NATIONAL, **query)
    assert (found["missing"], [one["calls"] for one in found["lines"]]) == ([], [4])


class Lie(dict[str, Any]):
    node = ""


async def _forged(node: Node, wanted: Wanted, changes: dict[str, Any]) -> bytes:
    """Signed by the node itself, whatever it says."""
    said = {"node": node.code, "after": wanted.after, "until": wanted.before, "more": False, "lines": [], **changes}
    return await attest(node, FIGURES.encode(), Lie(said))


def _line(at: datetime, **changes: Any) -> dict[str, Any]:
    return {
        "at": at, "client": "G22", "provider": "G01", "service": "s", "outcome": "answered", "calls": 9, "bytes_in": 1, "bytes_out": 1,
        "durations": [9, 0, 0, 0, 0, 0, 0], **changes,
    }  # fmt: skip


WRONG: list[Callable[[Wanted], dict[str, Any]]] = [
    lambda _: {"node": "portal"},
    lambda wanted: {"after": wanted.after - HOUR},
    lambda wanted: {"until": wanted.before + HOUR},
    lambda wanted: {"until": wanted.after - HOUR},
    lambda wanted: {"until": wanted.before - timedelta(minutes=1)},
    lambda wanted: {"until": wanted.after, "more": True},
    lambda wanted: {"lines": [_line(wanted.before)]},
    lambda wanted: {"lines": [_line(wanted.after - HOUR)]},
    lambda wanted: {"lines": [_line(wanted.after + timedelta(seconds=1))]},
    lambda wanted: {"lines": [_line(wanted.after, calls=2, durations=[2, 0, 0, 0, 0, 0, 0])]},
    lambda wanted: {"lines": [_line(wanted.after, calls=8)]},
    lambda wanted: {"lines": [_line(wanted.after, durations=[9])]},
    lambda wanted: {"lines": [_line(wanted.after, calls=-9, durations=[-9, 0, 0, 0, 0, 0, 0])]},
    lambda wanted: {"lines": [_line(wanted.after, bytes_in=2**63 - 1)]},
    lambda wanted: {"lines": [_line(wanted.after, client="G22\0")]},
    lambda wanted: {"lines": [_line(wanted.after, service="<b>")]},
    lambda wanted: {"lines": [_line(wanted.after, outcome="x" * 9)]},
    lambda wanted: {"lines": [_line(wanted.after.replace(tzinfo=None))]},
]


@pytest.mark.parametrize("wrong", range(len(WRONG)))
async def test_what_no_node_may_tell_is_refused_and_its_hours_stay_missing(world: World, past: datetime, wrong: int) -> None:
    async def lie(node: Node, letter: bytes) -> bytes:
        wanted = msgspec.msgpack.decode(letter, type=Wanted)
        return await _forged(node, wanted, WRONG[wrong](wanted))

    async with answering(world.registers, lie):
        await gathered(world)
    day = past.date().isoformat()
    found = await read(world.portal, world, NATIONAL, **{"by": "hour", "from": day, "until": day})
    assert [one["node"] for one in found["missing"]] == ["registers"]
    assert not [one for one in found["lines"] if one["node"] == "registers"]


async def test_a_letter_that_another_signed_or_somebody_changed_is_refused(world: World, past: datetime) -> None:
    async def changed(node: Node, letter: bytes) -> bytes:
        told = msgspec.msgpack.decode(await tell(node, letter), type=Attested)
        figures = msgspec.msgpack.decode(told.said, type=Figures)
        more = msgspec.structs.replace(figures, lines=[msgspec.structs.replace(one, bytes_in=one.bytes_in + 1) for one in figures.lines])
        return msgspec.msgpack.encode(msgspec.structs.replace(told, said=msgspec.msgpack.encode(more)))

    async def of_another(_node: Node, letter: bytes) -> bytes:
        wanted = msgspec.msgpack.decode(letter, type=Wanted)
        return await _forged(world.desk, wanted, {"node": "registers"})

    async def nonsense(_node: Node, _letter: bytes) -> bytes:
        return b"\xff\xff"

    for verb in (changed, of_another, nonsense):
        async with answering(world.registers, verb):
            await gathered(world)
        day = past.date().isoformat()
        found = await read(world.portal, world, NATIONAL, **{"from": day, "until": day})
        assert [one["node"] for one in found["missing"]] == ["registers"], verb


async def test_a_node_cannot_speak_of_what_others_provide(world: World, past: datetime) -> None:
    async def boast(node: Node, letter: bytes) -> bytes:
        wanted = msgspec.msgpack.decode(letter, type=Wanted)
        at = wanted.after
        lines = [_line(at, provider="G22"), _line(at, provider="G22", client="H24"), _line(at, provider="NOBODY"), _line(at)]
        return await _forged(node, wanted, {"lines": lines})

    async with answering(world.registers, boast):
        await gathered(world)
    async with world.portal.pool.acquire() as connection:
        await connection.execute("SET ROLE dinh_system")
        rows = await connection.fetch("SELECT client, provider, calls FROM exchange.national WHERE node = 'registers' ORDER BY provider")
        await connection.execute("RESET ROLE")
    assert [tuple(row) for row in rows] == [("", "", 27), ("G22", "G01", 9)]


@pytest.mark.parametrize(
    "letter", [b"", b"\xff", msgspec.msgpack.encode({"after": 1, "before": 2}), msgspec.msgpack.encode({"after": "2026-01-01T00:00:00"})]
)
async def test_a_question_that_is_none_is_refused(world: World, letter: bytes) -> None:
    with pytest.raises(Exception, match="no question"):
        await tell(world.registers, letter)


async def test_whole_hours_fit_a_letter() -> None:
    start = clock.now().replace(minute=0, second=0, microsecond=0)
    lines = [msgspec.convert(_line(start + at // 3 * HOUR), Line) for at in range(9)]
    assert whole_hours(lines, start + 5 * HOUR, 9) == (lines, start + 5 * HOUR, False)
    assert whole_hours(lines, start + 5 * HOUR, 8) == (lines[:6], start + 2 * HOUR, True)
    assert whole_hours(lines, start + 5 * HOUR, 6) == (lines[:6], start + 2 * HOUR, True)
    assert whole_hours(lines, start + 5 * HOUR, 2) == ([], start, True)
