"""Public figures: true, counted from events, and silent about the few."""

import csv
import io
import re
from collections import Counter
from datetime import date, datetime, time

import msgspec
import pytest

from dinh.cases.decisions.contracts import CaseSettled
from dinh.cases.desk import CaseReceived
from dinh.indicators import rebuild
from dinh.kernel import events
from dinh.kernel.caller import system
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
# A month of its own, far from what other tests do.
MONTH = date(2026, 3, 1)
COUNTS = {("10507", "p"): 3, ("10507", "q"): 12, ("10525", "p"): 9, ("10525", "q"): 7, ("10532", "q"): 6}


async def _happen(world: World) -> None:
    """Once a process: the cases of one month, counted by unit and procedure as above."""
    async with world.desk.write(system("test")) as tx:
        if await tx.value("SELECT 1 FROM kernel.event WHERE subject = 'figure-10507-p-0'"):
            return
        at = datetime.combine(MONTH, time(9), world.desk.country.zone)
        for (unit, procedure), number in COUNTS.items():
            for case in range(number):
                code = f"figure-{unit}-{procedure}-{case}"
                settled = CaseSettled(
                    case=code, procedure=world.procedure if procedure == "p" else "Q", unit=unit, state="returned", due_on=MONTH, on_time=True
                )
                await events.append(tx, system("test"), code, settled, case=code, occurred_at=at)
    await world.settle()


async def _csv(world: World, code: str) -> list[dict[str, str]]:
    answer = await world.visitor(world.desk).get(f"/figures/{code}/data.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_a_small_number_and_what_would_give_it_away_are_not_published(world: World) -> None:
    await _happen(world)
    lines = [line for line in await _csv(world, "settled") if line["month"] == "2026-03"]
    shown = {(line["unit"], "p" if line["procedure"] == world.procedure else "q" if line["procedure"] else ""): line for line in lines}
    assert shown["10507", "p"]["not_published"] == "small"
    assert {cell for cell, line in shown.items() if line["not_published"] == "held"} == {("10507", "q"), ("10525", "p"), ("10525", "q")}
    assert (shown["", ""]["value"], shown["10507", ""]["value"], shown["", "p"]["value"], shown["10532", "q"]["value"]) == ("37", "15", "12", "6")
    page = (await world.visitor(world.desk).get("/figures/settled", params={"month": "2026-03"})).text.partition("<aside")[0]
    assert page.count("&lt;5</span>") == 1
    assert "không được công bố, để không ai bị nhận ra" in page
    row = re.search(r"Phường Thành Đông</th>(.*?)</tr>", page)
    assert row
    assert [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row[1])] == ["&lt;5", "ẩn", "15"]


async def test_every_published_number_is_the_count_of_its_events(world: World) -> None:
    await _happen(world)
    async with world.desk.pool.acquire() as connection:
        rows = await connection.fetch("SELECT local_date, convert_from(payload, 'UTF8') AS body FROM kernel.event WHERE type = $1", CaseReceived.type)
    counted: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        body, month = msgspec.json.decode(row["body"]), f"{row['local_date']:%Y-%m}"
        for unit in (body["unit"], ""):
            for procedure in (body["procedure"], ""):
                counted[month, unit, procedure] += 1
    lines = await _csv(world, "received")
    assert all(int(line["value"]) == counted[line["month"], line["unit"], line["procedure"]] for line in lines if line["value"])
    assert all(counted[line["month"], line["unit"], line["procedure"]] < 5 for line in lines if line["not_published"] == "small")
    assert all(counted[key] < 5 or any((line["month"], line["unit"], line["procedure"]) == key for line in lines) for key in counted)


async def test_the_page_of_a_figure_says_how_it_is_counted(world: World) -> None:
    await _happen(world)
    vietnamese = (await world.visitor(world.desk).get("/figures/on_time")).text
    for words in ("Hồ sơ có kết quả không muộn hơn ngày hẹn trả", "cases:case:settled, on_time = true", "Tính đến sự kiện số", "Tải về (CSV)"):
        assert words in vietnamese, words
    english = (await world.visitor(world.desk, "en").get("/figures/on_time")).text
    assert "Cases whose result came no later than the due day." in english
    front = (await world.visitor(world.desk).get("/figures")).text
    assert 'href="/figures/settled"' in front
    assert re.search(r"03/2026</th>(.*?)</tr>", front)


async def test_no_such_figure_or_month_is_a_clear_answer(world: World) -> None:
    visitor = world.visitor(world.desk)
    for path in ("/figures/nothing", "/figures/nothing/data.csv", "/figures/settled?month=2026-13", "/figures/settled?month=x"):
        assert (await visitor.get(path)).status_code == 404, path
    assert (await visitor.get("/figures/settled?month=2020-01")).status_code == 200


async def test_counting_again_from_the_first_event_gives_the_same(world: World) -> None:
    await _happen(world)
    before = await _tables(world)
    await rebuild(world.desk)
    assert await _tables(world) == before


async def _tables(world: World) -> list[list[tuple[object, ...]]]:
    async with world.desk.pool.acquire() as connection:
        tables = [await connection.fetch(f"SELECT * FROM indicators.{name} ORDER BY 1, 2, 3, 4") for name in ("cell", "published")]
    return [[tuple(row) for row in rows] for rows in tables]
