"""What the operator of a node sees of its exchanges, and what everyone sees ten days later."""

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec
import pytest
import pytest_asyncio

from dinh.exchange import Question, ask, count_calls, count_hours, declared, note_gap
from dinh.exchange.statistics.service import count_next
from dinh.kernel import clock, ids
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import NotAllowed, Refused
from dinh.kernel.node import Node
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
PAGE, OPEN, DATA = "/operator/exchange", "/open/exchange", "/api/exchange/v1/statistics"
DAY = timedelta(days=1)
WHO = system("test")
NOTHING = "DELETE FROM exchange.slice; DELETE FROM exchange.hourly; DELETE FROM exchange.counted; DELETE FROM exchange.published; DELETE FROM exchange.published_day"


async def exchanged(world: World, count: int) -> None:
    account = world.account("mother")
    body = {"number": account.username, "full_name": account.name, "years": 18}
    question = Question(service="population.identify", client="G22", provider="G01", purpose="mandate", body=body, case="a-case-of-somebody")
    for _ in range(count):
        await ask(world.portal, Caller(kind="person", person="p-of-somebody", assurance=2), question)


async def kept(node: Node, at: datetime, lines: list[tuple[str, str, str, int]], refusal: str = "") -> None:
    """Calls at the provider's side, as evidence of that time would be: client, provider, service, how many."""
    async with node.write(WHO) as tx:
        for client, provider, service, count in lines:
            for number in range(count):
                began = at + timedelta(seconds=number)
                await tx.run(
                    """INSERT INTO exchange.call (id, side, kind, message_id, service, client, provider, purpose, status, refusal, request_in, request_out, response_in,
                         response_out, request_size, response_size, request_batch, request_place, request_digests, answer_batch, answer_place, answer_digests)
                       VALUES ($1, 'provider', 'ask', 'm', $2, $3, $4, 'p', $5, $6, $7, $8, $9, $10, 100, 1000, $1, 0, '', $1, 0, '')""",
                    ids.new_id(), service, client, provider, 403 if refusal else 200, refusal, began, began + timedelta(milliseconds=1),
                    began + timedelta(milliseconds=60), began + timedelta(milliseconds=70),
                )  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def past(world: World) -> AsyncIterator[datetime]:
    """Noon, twelve days ago on the country's clock, in a node whose hours nobody has counted."""
    node = world.registers
    now = clock.now().astimezone(node.country.zone)
    noon = (now - 12 * DAY).replace(hour=12, minute=0, second=0, microsecond=0)
    owner = await world.supervisor.databases.owner(world.supervisor.databases.name(node.code))
    forget = f"{NOTHING}; DELETE FROM exchange.call WHERE response_out < '{(now - DAY).isoformat()}'"
    await owner.execute(forget)
    yield noon
    await owner.execute(forget)
    await owner.close()


async def counted(node: Node) -> None:
    while await count_hours(node):
        pass


async def read(world: World, **query: str) -> dict[str, object]:
    return dict((await world.visitor(world.registers).http.get(f"{DATA}?{urlencode(query)}")).json())


def lines_of(found: dict[str, object]) -> list[tuple[str, str, str, int]]:
    return [(one["client"], one["provider"], one["service"], one["calls"]) for one in found["lines"]]  # type: ignore[attr-defined]


async def test_what_was_exchanged_is_published_after_its_delay_by_whole_hours_and_names_nobody(world: World) -> None:
    await exchanged(world, 4)
    today = clock.now().astimezone(world.registers.country.zone).date().isoformat()
    try:
        clock.shift(int((9 * DAY).total_seconds()))
        await counted(world.registers)
        assert lines_of(await read(world, **{"from": today, "until": today})) == [], "not yet"
        clock.shift(int((11 * DAY).total_seconds()))
        assert lines_of(await read(world, **{"from": today, "until": today})) == [], "no hour is told before it was counted finally"
        await counted(world.registers)
        visitor = world.visitor(world.registers, "en")
        found = (await visitor.http.get(f"{DATA}?{urlencode({'by': 'hour', 'from': today, 'until': today})}")).json()
        page = await visitor.get(f"{OPEN}?day={today}")
    finally:
        clock.shift(0)
    (line,) = [one for one in found["lines"] if one["service"] == "population.identify"]
    assert (line["client"], line["provider"], line["outcome"]) == ("G22", "G01", "answered")
    assert line["calls"] >= 4
    assert sum(line["durations"]) == line["calls"]
    at = datetime.fromisoformat(line["at"]).astimezone(world.registers.country.zone)
    assert (at.minute, at.second, at.microsecond) == (0, 0, 0)
    assert set(line) == {"at", "client", "provider", "service", "outcome", "calls", "bytes_in", "bytes_out", "durations"}
    assert page.status_code == 200
    assert "population.identify" in page.text
    assert "Figures appear 10 days later" in page.text
    for text in (page.text, str(found)):
        assert not re.search(f"a-case-of-somebody|p-of-somebody|{world.account('mother').username}", text)


async def test_an_hour_counts_once_with_what_came_late_and_never_again(world: World, past: datetime) -> None:
    node, day = world.registers, past.date().isoformat()
    await kept(node, past, [("G22", "G01", "population.person", 5)])
    try:
        clock.shift(-int((11 * DAY).total_seconds()))
        await counted(node)
        assert lines_of(await read(world, until=day, **{"from": day})) == []
        await kept(node, past + timedelta(minutes=30), [("G22", "G01", "population.person", 2)])
    finally:
        clock.shift(0)
    await counted(node)
    assert lines_of(await read(world, until=day, **{"from": day})) == [("G22", "G01", "population.person", 7)], "late ones are in"
    await kept(node, past + timedelta(minutes=40), [("G22", "G01", "population.person", 9)])
    await counted(node)
    assert not await count_next(node)
    assert lines_of(await read(world, until=day, **{"from": day})) == [("G22", "G01", "population.person", 7)], "what was published stays"


async def test_small_lines_are_told_together_or_not_at_all_and_no_sum_gives_them_away(world: World, past: datetime) -> None:
    node, day = world.registers, past.date().isoformat()
    # 12:00: two small lines that make four; 13:00: one small line alone; 14:00: none.
    await kept(
        node, past, [("G22", "G01", "population.person", 6), ("H24", "G01", "population.person", 2), ("G22", "G15", "civilstatus.birth_of", 2)]
    )
    await kept(node, past + timedelta(hours=1), [("G22", "G01", "population.person", 3), ("H24", "G15", "civilstatus.birth_of", 2)])
    await kept(node, past + timedelta(hours=2), [("H24", "G01", "population.person", 3)])
    await kept(node, past + timedelta(hours=2), [("H24", "G01", "a-name-the-client-made-up", 3)], "exchange.no_service")
    await counted(node)
    by_hour = lines_of(await read(world, by="hour", until=day, **{"from": day}))
    assert by_hour == [
        ("", "", "", 4), ("G22", "G01", "population.person", 6), ("G22", "G01", "population.person", 3),
        ("H24", "G01", "", 3), ("H24", "G01", "population.person", 3),
    ]  # fmt: skip
    by_day = lines_of(await read(world, until=day, **{"from": day}))
    assert by_day == [("", "", "", 4), ("G22", "G01", "population.person", 9), ("H24", "G01", "", 3), ("H24", "G01", "population.person", 3)]
    assert sum(one[3] for one in by_day) == sum(one[3] for one in by_hour) == 19, "the two calls that nobody may know are in no sum"
    visitor = world.visitor(node, "en")
    page = (await visitor.get(f"{OPEN}?day={day}")).text
    assert "19 calls here" in page
    table = list(csv.DictReader(io.StringIO((await visitor.get(f"{DATA}.csv?by=hour&from={day}&until={day}")).text)))
    assert [(row["client"], row["provider"], row["service"], int(row["calls"])) for row in table] == by_hour
    assert [(row["under_100_ms"], row["bytes_out"]) for row in table if row["calls"] == "6"] == [("6", "6000")]


@pytest.mark.parametrize("late", [False, True])
async def test_withheld_agencies_appear_nowhere_and_by_no_difference(
    world: World, past: datetime, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    """Also when they are withheld only after their hours were published."""
    node, day = world.registers, past.date().isoformat()
    await kept(
        node, past, [("G22", "G01", "population.person", 6), ("G22", "G15", "civilstatus.birth_of", 5), ("H24", "G01", "population.person", 2)]
    )
    await kept(node, past, [("G22", "G01", "population.identify", 1)])
    known = declared(node.country)
    statistics = msgspec.structs.replace(known.policy.statistics, withheld=["G15", "H2*"])
    if late:
        await counted(node)
        assert lines_of(await read(world, until=day, **{"from": day})) == [
            ("", "", "", 3), ("G22", "G01", "population.person", 6), ("G22", "G15", "civilstatus.birth_of", 5),
        ]  # fmt: skip
    monkeypatch.setattr(known, "policy", msgspec.structs.replace(known.policy, statistics=statistics))
    await counted(node)
    small = [("", "", "", 3)] if late else []
    for by in ("hour", "day"):
        assert lines_of(await read(world, by=by, until=day, **{"from": day})) == [*small, ("G22", "G01", "population.person", 6)]
    page = (await world.visitor(node, "en").get(f"{OPEN}?day={day}")).text
    assert f"{6 + 3 * late} calls here" in page
    assert "civilstatus" not in page


@pytest.mark.usefixtures("peopled")
async def test_a_use_that_is_shown_later_to_its_person_is_in_no_open_figure(world: World, past: datetime) -> None:
    """Of the client whose right has an embargo; what others use the same service for is told."""
    node, day = world.registers, past.date().isoformat()
    await kept(node, past, [("G22", "G01", "withheld", 5), ("H24", "G01", "withheld", 4), ("G22", "G01", "whole", 6)])
    await counted(node)
    for by in ("hour", "day"):
        assert lines_of(await read(world, by=by, until=day, **{"from": day})) == [("G22", "G01", "whole", 6), ("H24", "G01", "withheld", 4)]


@pytest.mark.parametrize(
    "query", ["by=year", "from=x", "until=2026-13-01", "from=2026-01-01&until=2026-02-01", "by=hour&from=2026-01-01&until=2026-01-08",
              "from=2026-01-02&until=2026-01-01", "page=x", "page=-1", "page=1000", "from=0001-01-01&until=0001-01-01", "until=9999-12-31"],
)  # fmt: skip
async def test_what_is_asked_wrongly_of_the_statistics_is_said(world: World, query: str) -> None:
    visitor = world.visitor(world.registers)
    assert (await visitor.get(f"{DATA}?{query}")).status_code == 422
    assert (await visitor.get(f"{DATA}.csv?{query}")).status_code == 422


async def test_the_page_of_the_exchange_is_the_operators(world: World) -> None:
    assert (await world.visitor(world.portal).get(PAGE)).headers["location"].startswith("/session/start")
    assert (await (await world.sign_in(world.account("mother"), world.portal)).get(PAGE)).status_code == 403


async def test_the_operator_sees_rates_refusals_slow_stages_and_gaps(world: World) -> None:
    await exchanged(world, 3)
    await kept(world.registers, clock.now() - timedelta(minutes=20), [("G22", "G15", "civilstatus.birth_of", 3)])
    with pytest.raises(Refused):
        await ask(world.portal, Caller(kind="person", person="p", assurance=2),
                  Question(service="population.identify", client="G22", provider="G01", purpose="mandate", body={"number": "0" * 12, "full_name": "x", "years": 18}))  # fmt: skip
    operator = await world.sign_in(world.account("operator"), world.registers, "en")
    page = (await operator.get(PAGE)).text
    asked = int(re.findall(r"([\d,]+) calls came in the last minute", page)[0].replace(",", ""))
    assert asked >= 4
    assert "Slowest is" in page
    assert "this node, which holds the register" in page, "of 70 ms the room took 59"
    assert re.search(r"Messages under one signature.*?<dd[^>]*>[\d.,]+", page, re.DOTALL)
    assert "Members, services and rights" in page
    assert world.account("mother").username not in page
    async with world.registers.write(WHO) as tx:
        await note_gap(tx, WHO, "tsa", fresh=False)
    page = (await operator.get(PAGE)).text
    assert "The node has worked without this for 0 seconds: Timestamps" in page
    async with world.registers.write(WHO) as tx:
        await note_gap(tx, WHO, "tsa", fresh=True)
    assert "The node has worked without" not in (await operator.get(PAGE)).text
    vietnamese = (await (await world.sign_in(world.account("operator"), world.portal)).get(PAGE)).text
    assert "nút này hỏi nơi khác" in vietnamese
    assert "đường truyền và nút bên kia" in vietnamese


async def test_a_day_is_the_same_whether_its_hours_are_counted_or_not(world: World) -> None:
    node, now = world.registers, clock.now()
    owner = await world.supervisor.databases.owner(world.supervisor.databases.name(node.code))
    try:
        await owner.execute(NOTHING)
        await kept(node, now - timedelta(hours=3), [("G22", "G01", "population.person", 8)])
        await kept(node, now - timedelta(hours=20), [("H24", "G01", "population.person", 4)], "exchange.no_right")
        operator = await world.sign_in(world.account("operator"), node, "en")

        async def days() -> list[str]:
            page = (await operator.get(PAGE)).text
            return re.findall(r'data-label="Day"[^>]*>([\d,]+)<', page)

        before = await days()
        await counted(node)
        assert await days() == before
        page = (await operator.get(PAGE)).text
        assert "exchange.no_right" in page
        assert "Unusual clients" in page
        assert re.search(r"H24</span><br>Agency … has no right[^<]*<span[^>]*>exchange.no_right", page)
    finally:
        await owner.execute(NOTHING)
        await owner.execute("DELETE FROM exchange.call WHERE message_id = 'm'")
        await owner.close()


async def test_rates_are_the_same_whether_calls_are_counted_or_not(world: World) -> None:
    node, now = world.registers, clock.now()
    owner = await world.supervisor.databases.owner(world.supervisor.databases.name(node.code))
    try:
        await owner.execute(NOTHING)
        for ago, count in ((15, 3), (45, 4), (150, 5), (3000, 6), (4000, 7), (40_000, 8)):
            await kept(node, now - timedelta(seconds=ago), [("G22", "G01", "population.person", count)])
            await kept(node, now - timedelta(seconds=ago), [("H24", "G01", "population.person", count)], "exchange.no_right")
        operator = await world.sign_in(world.account("operator"), node, "en")

        async def rates(*labels: str) -> list[str]:
            page = (await operator.get(PAGE)).text
            return [one for label in labels for one in re.findall(rf'data-label="{label}"[^>]*>([\d,]+)<', page)]

        before = await rates("Hour", "Day")
        while await count_calls(node):
            pass
        assert await owner.fetchval("SELECT sum(calls) FROM exchange.slice WHERE client = 'H24'") >= 26
        assert await rates("Hour", "Day") == before
        await kept(node, clock.now() - timedelta(seconds=2), [("G22", "G01", "population.person", 1)])
        after = await rates("Hour", "Day")
        assert int(after[4]) == int(before[4]) + 1, "the newest are read one by one"
        await counted(node)
        while await count_calls(node):
            pass
        assert await rates("Hour", "Day") == after
    finally:
        await owner.execute(NOTHING)
        await owner.execute("DELETE FROM exchange.call WHERE message_id = 'm'")
        await owner.close()


async def test_a_gauge_counts_the_last_minute_of_all_processes(world: World) -> None:
    node = world.registers
    for ago in (1, 0):
        await kept(node, clock.now().replace(second=0, microsecond=0) - timedelta(minutes=ago), [("G22", "G15", "civilstatus.birth_of", 5)])
    text = (await world.visitor(node).get("/metrics")).text
    line = next(one for one in text.splitlines() if one.startswith('dinh_exchange_minute_calls{node="registers",outcome="answered",side="provider"}'))
    assert float(line.rpartition(" ")[2]) >= 5


async def test_a_refused_right_at_the_asking_node_leaves_nothing(world: World) -> None:
    with pytest.raises(NotAllowed):
        await ask(
            world.portal,
            Caller(kind="person", person="p"),
            Question(service="population.person", client="G22", provider="G01", purpose="none", body={}),
        )
