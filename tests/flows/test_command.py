"""The leader's page: what it says is what the events say, and nobody sees more than they oversee."""

import re
from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec
import pytest

from dinh.cases import follow_stages, rebuild_stages
from dinh.cases.clocks import Calendar, calendar_of, is_working
from dinh.cases.decisions.contracts import CaseDecided, CaseSettled
from dinh.cases.desk import CaseAccepted, CaseChecked, CaseProposed, CaseReceived
from dinh.cases.records.rules import legs
from dinh.cases.turns.contracts import CaseStopped, CaseTurnedDown, CaseWithdrawn, SupplementAnswered, SupplementRequested
from dinh.kernel import events
from dinh.kernel.caller import Caller, system
from dinh.kernel.events import Event
from tests.flows import births
from tests.flows.test_turns import Desk
from tests.world import Visitor, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
# A commune where no account of the demonstration works, so that only this file's cases are there.
UNIT = "10507"
CHAIR, REGISTRAR = f"{UNIT}.chairperson", f"{UNIT}.registrar"
ENDINGS = {CaseSettled.type, CaseStopped.type, CaseTurnedDown.type, CaseWithdrawn.type}
TABLES = ("stage", "backlog", "flow", "pace")


def _calendar(world: World) -> Calendar:
    return calendar_of(world.desk.country, "vn-office")


def _ago(world: World, working_days: int, at: time) -> datetime:
    """That time of the day, so many working days before today, on the country's clocks."""
    calendar, day = _calendar(world), world.desk.country.local_date(_now(world))
    while working_days:
        day -= timedelta(days=1)
        working_days -= is_working(calendar, day)
    return datetime.combine(day, at, world.desk.country.zone)


def _now(world: World) -> datetime:
    return datetime.now(world.desk.country.zone)


async def _happen(world: World, code: str, *turns: tuple[Event, datetime, str]) -> None:
    """Events on the province's spine, each at its time and by its post, as the desk's verbs append them."""
    for event, at, post in turns:
        async with world.desk.write(system("test")) as tx:
            await events.append(tx, Caller(kind="officer", post=post), code, event, case=code, occurred_at=at)
    await world.settle()


def _received(world: World, code: str, at: datetime, due_on: date, unit: str = UNIT) -> tuple[Event, datetime, str]:
    return CaseReceived(case=code, procedure=world.procedure, unit=unit, channel="online", due_on=due_on), at, "system:test"


def _settled(world: World, code: str, due_on: date, *, on_time: bool) -> Event:
    return CaseSettled(case=code, procedure=world.procedure, unit=UNIT, state="returned", due_on=due_on, on_time=on_time)


async def _stuck(world: World, code: str, *, days: int = 6) -> None:
    """Proposed three working days after receipt, and with the chairperson since; due one day after receipt."""
    first, then = _ago(world, days, time(9)), _ago(world, days - 3, time(10))
    due_on = _ago(world, days - 1, time(9)).date()
    accepted, proposed = (
        (CaseAccepted(case=code), first + timedelta(hours=1), REGISTRAR),
        (CaseProposed(case=code, outcome="approve"), then, REGISTRAR),
    )
    await _happen(world, code, _received(world, code, first, due_on), accepted, (CaseChecked(case=code, checks=1, good=1), then, REGISTRAR), proposed)


async def _leader(world: World, language: str = "vi") -> Visitor:
    return await world.sign_in(world.account("leader"), language=language)


async def _counted(world: World, unit: str | None) -> tuple[int, int]:
    """Open and late, counted from the events by another way: the last turn of each case, without a fold."""
    today = world.desk.country.local_date(_now(world))
    async with world.desk.pool.acquire() as connection:
        rows = await connection.fetch(
            """SELECT subject, array_agg(type ORDER BY s.position) AS types, array_agg(convert_from(payload, 'UTF8') ORDER BY s.position) AS payloads
               FROM kernel.event e JOIN kernel.seal s ON s.event = e.id WHERE type LIKE 'cases:case:%' GROUP BY subject"""
        )
    number = late = 0
    for row in rows:
        first: dict[str, Any] = msgspec.json.decode(row["payloads"][0])
        if row["types"][0] != CaseReceived.type or ENDINGS & set(row["types"]) or unit not in {None, first["unit"]}:
            continue
        due_on = [found["due_on"] for payload in row["payloads"] if "due_on" in (found := msgspec.json.decode(payload))][-1]
        number += 1
        late += date.fromisoformat(due_on) < today and row["types"].count(SupplementRequested.type) == row["types"].count(SupplementAnswered.type)
    return number, late


def _figures(html: str) -> list[int]:
    return [int(value.replace(".", "")) for value in re.findall(r"<dd>([\d.]+)</dd>", html)][:3]


def _slow_minutes(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Working minutes, one by one."""
    count, at = 0, start.replace(second=0, microsecond=0)
    while at < end.replace(second=0, microsecond=0):
        count += is_working(calendar, at.date()) and any(opens <= at.time() < closes for opens, closes in calendar.hours)
        at += timedelta(minutes=1)
    return count


async def test_the_first_sentence_says_how_many_where_and_what_is_slowest(world: World) -> None:
    for number in range(3):
        await _stuck(world, f"slow-{number}")
    page = (await (await _leader(world)).get("/command")).text
    number, late = await _counted(world, None)
    assert f"{number} hồ sơ đang mở. {late} hồ sơ đang trễ." in page
    assert _figures(page)[:2] == [number, late]
    now = _now(world)
    waited = _slow_minutes(_calendar(world), _ago(world, 3, time(10)), now)
    average = f"{waited / 480:.1f}".replace(".", ",")
    held = await _in_decision(world)
    assert f"Chậm nhất: chờ quyết định, Chủ tịch Ủy ban nhân dân, Phường Thành Đông, {held} hồ sơ, trung bình {average} ngày làm việc." in page
    assert "Chờ lâu nhất ở đó: hồ sơ slow-0" in page
    assert re.search(r"Đã làm: Tiếp nhận \([^)]+\), Đối chiếu \([^)]+\), Đề xuất \([^)]+\)\. Việc tiếp theo: ký quyết định", page)
    english = (await (await _leader(world, "en")).get("/command")).text
    assert f"{number} cases open. {late} late now." in english
    assert "Slowest: waiting for the decision, Chairperson of the People&#39;s Committee, Phường Thành Đông" in english


async def _in_decision(world: World) -> int:
    async with world.desk.pool.acquire() as connection:
        return int(
            await connection.fetchval(
                """SELECT count(*) FROM (SELECT DISTINCT ON (subject) subject, type, convert_from(payload, 'UTF8') FROM kernel.event
                     WHERE subject LIKE 'slow-%' AND type LIKE 'cases:case:%' ORDER BY subject, recorded_at DESC, id DESC) last WHERE type = $1""",
                CaseProposed.type,
            )
        )


async def test_a_case_that_goes_through_the_desk_leaves_its_intervals_with_the_posts_that_had_it(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    code = await births.register_birth(world, mother, "Trần Khuê Lam")
    async with world.desk.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE dinh_system")
        rows = await connection.fetch("SELECT stage, post, started_at, ended_at FROM cases.stage WHERE case_code = $1 ORDER BY number", code)
        turned = await connection.fetch("SELECT type, occurred_at FROM kernel.event WHERE subject = $1 ORDER BY recorded_at, id", code)
    unit = world.demo.units[0]
    assert [(row["stage"], row["post"]) for row in rows] == [
        ("acceptance", f"{unit}.registrar"), ("handling", f"{unit}.registrar"), ("decision", f"{unit}.chairperson"), ("carrying_out", "platform"),
    ]  # fmt: skip
    assert [row["ended_at"] for row in rows[:-1]] == [row["started_at"] for row in rows[1:]]
    when = {row["type"]: row["occurred_at"] for row in turned}
    assert (rows[0]["started_at"], rows[-1]["ended_at"]) == (when[CaseReceived.type], when[CaseSettled.type])


async def test_every_open_case_of_the_desk_is_in_one_interval_with_the_post_that_has_it(world: World) -> None:
    """The fold reads events alone; the desk's own rows, which it never sees, say the same."""
    desk = Desk(world, *[await world.sign_in(world.account(role)) for role in ("mother", "registrar", "chairperson")])
    paused, proposed = await desk.bring("supplement"), await desk.bring("proposed")
    for code, turn, place in (
        (paused, "hand_over", ("paused", "applicant")), (paused, "answer", ("handling", "reception")), (proposed, "apologise", ("decision", "chairperson")),
        (proposed, "send_back", ("handling", "registrar")), (proposed, "hand_over", ("handling", "reception")),
    ):  # fmt: skip
        assert (await desk.take(turn, code)).status_code == 200, turn
        await world.settle()
        assert await _now_at(world, code) == place, turn
    for state in ("processing", "proposed", "submitted", "rejected", "stopped", "withdrawal", "returned"):
        await _as_on_paper(world, await desk.bring(state))
    unclaimed = await desk.bring("submitted")
    for turn, place in (("supplement", ("paused", "applicant")), ("answer", ("acceptance", "reception"))):
        assert (await desk.take(turn, unclaimed)).status_code == 200, turn
        await world.settle()
        assert await _now_at(world, unclaimed) == place, turn
    await _as_on_paper(world, unclaimed)
    async with world.desk.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE dinh_system")
        cases = await connection.fetch("SELECT code, holder, due_on, state FROM cases.case WHERE settled_at IS NULL")
        open_ones = {row["case_code"]: row for row in await connection.fetch("SELECT * FROM cases.stage WHERE ended_at IS NULL")}
    assert len(cases) >= 4
    for row in cases:
        stage = open_ones[row["code"]]
        assert stage["due_on"] == row["due_on"]
        assert stage["post"] == {"supplement": "applicant", "submitted": f"{stage['unit']}.reception", "settled": "platform"}.get(
            row["state"], row["holder"]
        )
    made_here = [code for code in open_ones if code.startswith(("slow-", "calm-", "paused-", "done-"))]
    assert len(open_ones) == len(cases) + len(made_here)


async def _as_on_paper(world: World, code: str) -> None:
    """The control slip (form 06) is folded from the same events by other code."""
    async with world.desk.read(system("test")) as tx:
        paper = [("paused" if leg.stage == "applicant" else leg.stage, leg.since, leg.until) for leg in legs(await events.read_history(tx, code))]
        rows = await tx.all("SELECT stage, started_at, ended_at FROM cases.stage WHERE case_code = $1 ORDER BY number", code)
    assert [tuple(row) for row in rows] == paper


async def _now_at(world: World, code: str) -> tuple[str, str]:
    async with world.desk.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE dinh_system")
        row = await connection.fetchrow("SELECT stage, post FROM cases.stage WHERE case_code = $1 AND ended_at IS NULL", code)
    assert row
    return row["stage"], row["post"].rpartition(".")[2]


async def test_the_figures_of_a_unit_are_those_of_its_events(world: World) -> None:
    first, due_on = _ago(world, 2, time(8)), _ago(world, 0, time(8)).date() + timedelta(days=30)
    past = _ago(world, 1, time(8)).date()
    await _happen(world, "calm-1", _received(world, "calm-1", first, due_on))
    await _happen(
        world,
        "paused-1",
        _received(world, "paused-1", first, past),
        (SupplementRequested(case="paused-1", fields=1, basis="x"), first + timedelta(hours=1), REGISTRAR),
    )
    decided = CaseDecided(case="done-1", outcome="approve", subject="x")
    turns = [
        (decided, first + timedelta(hours=2), CHAIR),
        (_settled(world, "done-1", due_on, on_time=True), first + timedelta(hours=3), "system:settle"),
    ]
    await _happen(world, "done-1", _received(world, "done-1", first, due_on), *turns)
    leader = await _leader(world)
    page = (await leader.get("/command", params={"unit": UNIT})).text
    assert tuple(_figures(page)[:2]) == await _counted(world, UNIT)
    listed = (await leader.get(f"/command/units/{UNIT}")).text
    assert "calm-1" not in listed
    assert "paused-1" not in listed
    week = re.search(r'<th scope="row" class="govuk-table__header">[\d/]+</th><td[^>]*>(\d+)</td><td[^>]*>(\d+)</td><td[^>]*>(\d+) \(', page)
    assert week is not None
    async with world.desk.pool.acquire() as connection:
        types = Counter(
            row["type"]
            for row in await connection.fetch("SELECT type, convert_from(payload, 'UTF8') AS body FROM kernel.event")
            if UNIT in row["body"]
        )
    weeks = re.findall(
        r'<td class="govuk-table__cell govuk-table__cell--numeric">(\d+)</td><td class="govuk-table__cell govuk-table__cell--numeric">(\d+)</td>',
        page,
    )
    assert [sum(int(pair[at]) for pair in weeks) for at in (0, 1)] == [types[CaseReceived.type], types[CaseSettled.type]]


async def test_the_map_names_every_commune_and_says_that_it_is_a_diagram(world: World) -> None:
    page = (await (await _leader(world)).get("/command")).text
    assert len(set(re.findall(r'<a href="/command/units/(\d+)"><rect class="tile', page))) == 114
    assert "không phải hình dạng hay vị trí thật" in page


async def test_the_list_of_late_cases_has_codes_and_no_way_around_the_desk(world: World) -> None:
    await _stuck(world, "slow-listed")
    leader = await _leader(world)
    page = (await leader.get(f"/command/units/{UNIT}")).text
    assert "slow-listed" in page
    assert "/desk/slow-listed" not in page
    mother = await world.sign_in(world.account("mother"))
    code = await births.file_case(world, mother, "Trần Khuê Nhung")
    assert (await leader.get(f"/desk/{code}")).status_code == 404
    names = [account.name for account in world.accounts]
    for path in ("/command", "/command/units", f"/command/units/{UNIT}", f"/command?unit={UNIT}"):
        html = (await leader.get(path)).text
        assert not any(name in html for name in names), path


async def test_who_does_not_oversee_sees_nothing(world: World) -> None:
    registrar = await world.sign_in(world.account(world.demo.handler))
    citizen = await world.sign_in(world.account("mother"), world.desk)
    for path in ("/command", "/command/units", f"/command/units/{UNIT}"):
        assert (await registrar.get(path)).status_code == 403
        assert (await citizen.get(path)).status_code == 403
        assert (await world.visitor(world.desk).get(path)).status_code in {303, 401}
        assert (await world.visitor(world.portal).get(path)).status_code == 404
    assert 'href="/command"' not in (await registrar.get("/desk")).text


async def test_a_chairperson_sees_their_own_commune_and_a_leader_their_own_province(world: World) -> None:
    await _stuck(world, "slow-elsewhere")
    chair, leader = await world.sign_in(world.account(world.demo.decider)), await _leader(world)
    own = world.demo.units[0]
    page = await chair.get("/command")
    assert page.status_code == 200
    assert tuple(_figures(page.text)[:2]) == await _counted(world, own)
    assert (await chair.get(f"/command/units/{own}")).status_code == 200
    for unit in (UNIT, world.demo.units[1], "31", "00004"):
        assert (await chair.get(f"/command/units/{unit}")).status_code == 404
        assert (await chair.get("/command", params={"unit": unit})).status_code == 404
    for unit in ("00004", "01", "x' OR 'a'='a"):
        assert (await leader.get("/command", params={"unit": unit})).status_code == 404


async def test_the_database_itself_keeps_other_units_away(world: World) -> None:
    async def rows(oversees: tuple[str, ...]) -> set[str]:
        async with world.desk.read(Caller(kind="officer", person="p", post="x", units=oversees, oversees=oversees)) as tx:
            tables = [await tx.all(f"SELECT unit FROM cases.{table}") for table in ("stage", "backlog", "flow")]
        return {row["unit"] for table in tables for row in table}

    await _stuck(world, "slow-guarded")
    assert await rows(()) == set()
    assert await rows((UNIT,)) == {UNIT}
    async with world.desk.read(Caller(kind="officer", person="p", post="x", units=(UNIT,))) as tx:
        assert await tx.all("SELECT 1 FROM cases.stage") == []


async def test_folding_again_from_the_first_event_gives_the_same(world: World) -> None:
    await _stuck(world, "slow-again")
    before = await _tables(world)
    assert await rebuild_stages(world.desk) > 0
    assert await _tables(world) == before
    assert await follow_stages(world.desk) == 0


async def _tables(world: World) -> dict[str, Counter[tuple[Any, ...]]]:
    async with world.desk.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE dinh_system")
        return {table: Counter(tuple(row) for row in await connection.fetch(f"SELECT * FROM cases.{table}")) for table in TABLES}
