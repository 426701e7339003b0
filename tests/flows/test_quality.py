"""Registers are measured every night: each kind of fault is found, and gone when it is mended."""

import asyncio
import random
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from dinh import registers
from dinh.app.worker import nightly_of
from dinh.kernel import events
from dinh.kernel.node import Node
from dinh.offices import directory_of
from dinh.registers import description, quality
from dinh.registers.population import place_numbers
from dinh.registers.quality import service
from tests.flows.faults import WHO, change, found, model_of, number_like, plant
from tests.world import World, create

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def node(world: World) -> AsyncIterator[Node]:
    await registers.measure_now(world.registers)
    yield world.registers


async def test_the_synthetic_population_is_clean_and_public_to_see() -> None:
    """In a country of its own: what other tests register looks like a person twice, and rightly so."""
    async with create() as world:
        await registers.measure_now(world.registers)
        await _clean_and_public(world, world.registers)


async def _clean_and_public(world: World, node: Node) -> None:
    async with node.read(WHO) as tx:
        described, declared = quality.quality_of(node.country, "person")
        standing = await service.standing(tx, described, declared)
        people = await tx.value("SELECT count(*) FROM registers.person")
    assert standing
    assert standing.records == people
    assert standing.words["correct"].permille == standing.words["clean"].permille == 1000
    sufficient = standing.words["sufficient"].permille
    assert sufficient
    assert sufficient < 1000  # the oldest generation has no parents on record
    for language, shown in (("vi", "100,0%"), ("en", "100.0%")):
        page = await world.visitor(node, language).get("/registers")
        assert page.status_code == 200
        assert shown in page.text
        assert f"{sufficient // 10}{shown[3]}{sufficient % 10}%" in page.text
    assert (await world.visitor(node).get("/")).headers["location"] == "/registers"


async def test_every_kind_of_fault_is_found_queued_and_gone_when_mended(node: Node) -> None:
    model = await model_of(node)
    today = node.country.local_date(await _now(node))
    merged = next(code for code in _former(node) if not _is_today(node, code, today))
    faults: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "address_there": ({"address": ""}, {"address": "1 Lê Lợi"}),
        "name_letters": ({"full_name": "Trần Văn 3"}, {"full_name": "Trần Văn Ba Mươi"}),
        "sex_known": ({"sex": "M"}, {"sex": model["sex"]}),
        "number_agrees": ({"number": "9" * 12}, {"number": number_like(model, 777_001)}),
        "number_digits": ({"number": model["number"][:-1]}, {"number": number_like(model, 777_002)}),
        "birth_before_death": ({"death_date": date(1900, 1, 1)}, {"death_date": None}),
        "death_not_ahead": ({"death_date": today + timedelta(days=2)}, {"death_date": None}),
        "mother_older": ({"mother": model["ref"]}, {"mother": model["mother"]}),
        "father_exists": ({"father": str(uuid4())}, {"father": model["father"]}),
        "spouse_mutual": ({"spouse": model["mother"]}, {"spouse": None}),
        "alive_or_dead": ({"birth_date": date(1899, 1, 1)}, {"birth_date": model["birth_date"]}),
        "residence_today": ({"residence_unit": merged}, {"residence_unit": model["residence_unit"]}),
    }
    planted = {rule: await plant(node, **wrong) for rule, (wrong, _) in faults.items()}
    twin = await plant(node, full_name="Trần Sinh Đôi")
    planted["person_once"] = await plant(node, full_name="Trần Sinh Doi")  # the same name once it is folded
    runs = await registers.measure_now(node)
    assert {run.register for run in runs} == {"person", "birth"}
    states = await found(node, twin, *planted.values())
    assert all(states.get((ref, rule)) == "open" for rule, ref in planted.items()), states
    assert states[twin, "person_once"] == "open"
    # A fault is found by the rule that it breaks and by no other one, but for what belongs together.
    together = {
        "alive_or_dead": {"number_agrees", "mother_older", "father_older"},
        "sex_known": {"number_agrees"},
        "number_digits": {"number_agrees"},
    }
    for rule, ref in planted.items():
        assert {other for key, other in states if key == ref} - {rule} <= together.get(rule, set()), rule
    for rule, ref in planted.items():
        await change(node, ref, **(faults[rule][1] if rule in faults else {"full_name": "Trần Một Mình"}))
    await registers.measure_now(node)
    assert set((await found(node, twin, *planted.values())).values()) == {"fixed"}


async def _now(node: Node) -> Any:
    async with node.read(WHO) as tx:
        return tx.now


def _former(node: Node) -> list[str]:
    directory = directory_of(node.country)
    return [code for rows in directory._units.values() for row in rows for code in row.predecessors.split(";") if code]


def _is_today(node: Node, code: str, day: date) -> bool:
    return code in directory_of(node.country).units_on(day)


async def test_records_of_merged_units_belong_to_the_agency_of_what_took_them_over(node: Node) -> None:
    directory, today = directory_of(node.country), node.country.local_date(await _now(node))
    commune = next(
        unit for unit in directory.covered_units("31", today) if any(not _is_today(node, code, today) for code in unit.predecessors.split(";"))
    )
    gone = next(code for code in commune.predecessors.split(";") if not _is_today(node, code, today))
    ref = await plant(node, residence_unit=gone)
    await registers.measure_now(node)
    async with node.read(WHO) as tx:
        agency = await tx.value("SELECT agency FROM registers.finding WHERE row_key = $1", ref)
    assert agency in {directory.agency_of_unit(unit.code).code for unit in directory.successors(gone, today)}
    await change(node, ref, residence_unit=commune.code)


async def test_what_was_mended_and_breaks_again_is_open_again(node: Node) -> None:
    ref = await plant(node, address="")
    for address, state, returned in (("", "open", 0), ("2 Lê Lợi", "fixed", 0), ("", "open", 1), ("3 Lê Lợi", "fixed", 1)):
        await change(node, ref, address=address)
        await registers.measure_now(node)
        assert await found(node, ref) == {(ref, "address_there"): state}
        async with node.read(WHO) as tx:
            assert await tx.value("SELECT returned FROM registers.finding WHERE row_key = $1", ref) == returned


async def test_a_measurement_that_was_cut_short_goes_on_and_two_workers_share_one(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    await registers.measure_now(node)
    whole = await _measured(node)
    monkeypatch.setattr(service, "CHUNK", 200)
    day = await _forget(node)
    step = nightly_of(node)["quality"]
    cut = None
    while not cut:  # births are gone through first
        assert await step(node) == 1
        async with node.read(WHO) as tx:
            cut = await tx.one("SELECT stage, records, finished_at FROM registers.quality_run WHERE register = 'person' AND day = $1", day)
    assert tuple(cut) == (0, 200, None)

    async def work() -> None:
        """A worker, until nothing was to do for it several times."""
        idle = 0
        while idle < 5:
            idle = 0 if await step(node) else idle + 1
            await asyncio.sleep(0.01)

    await asyncio.gather(work(), work(), work())
    assert await _measured(node) == whole
    assert await step(node) == 0, "once a night"
    async with node.read(WHO) as tx:
        newest = (await events.read_history(tx, "person"))[-1].read()
    assert isinstance(newest, quality.QualityMeasured)
    assert newest.records > 1_000
    assert newest.day == day


async def _measured(node: Node) -> set[tuple[Any, ...]]:
    async with node.read(WHO) as tx:
        rows = await tx.all("SELECT register, day, rule, agency, checked, good FROM registers.quality_measure")
        finished = await tx.value("SELECT count(*) FROM registers.quality_run WHERE finished_at IS NULL")
    assert finished == 0
    return {tuple(row.values()) for row in rows}


async def _forget(node: Node) -> date:
    async with node.write(WHO) as tx:
        day: date = await tx.value("SELECT max(day) FROM registers.quality_run")
        await tx.run("DELETE FROM registers.quality_measure WHERE day = $1", day)
        await tx.run("DELETE FROM registers.quality_run WHERE day = $1", day)
    return day


async def test_a_writer_is_not_held_up(node: Node) -> None:
    """Measuring reads: a record that it goes through can be changed before the step commits."""
    ref, described = await plant(node, address=""), description.describe(node.country, "person")
    async with node.write(WHO) as tx:
        await service.judge(tx, described, ref)
        async with asyncio.timeout(5):
            await change(node, ref, address="4 Lê Lợi")


async def test_the_database_judges_as_the_rules_say(node: Node) -> None:
    """Against a plain reading of the rules in Python, on three hundred records with random values; all taken back."""
    draw, model = random.Random(7), await model_of(node)
    described = description.describe(node.country, "person")
    people: dict[str, dict[str, Any]] = {}
    today = node.country.local_date(await _now(node))
    async with node.write(WHO) as tx:
        async with description.on_trial(tx):
            for at in range(300):
                row = _random_person(draw, model, list(people), at, today)
                assert await description.insert(tx, described, row)
                people[row["ref"]] = row
            for ref, row in people.items():
                broken = await service.judge(tx, described, ref)
                expected = _oracle(row, people, today, {row["number"] for row in _places(node)})
                assert broken & set(expected) == {rule for rule, good in expected.items() if good is False}, (row, broken)
                assert broken <= set(expected)


def _places(node: Node) -> list[dict[str, str]]:
    return [{"number": number} for number in place_numbers(node.country)]


def _random_person(draw: random.Random, model: dict[str, Any], others: list[str], at: int, today: date) -> dict[str, Any]:
    born = draw.choice([date(1850, 2, 28), date(1912, 2, 29), date(1960, 5, 5), date(1999, 12, 31), date(2000, 1, 1), date(2015, 6, 1), today])
    sex = draw.choice(["male", "female", "other"])
    century = {"19:male": "0", "19:female": "1", "20:male": "2", "20:female": "3"}.get(f"{born.year // 100}:{sex}", "7")
    number = f"{draw.choice(['031', '999'])}{draw.choice([century, '0'])}{draw.choice([f'{born.year % 100:02d}', '77'])}{at:06d}"
    pick = [None, str(uuid4()), *draw.sample(others, min(6, len(others)))]
    return {
        "ref": str(uuid4()), "number": draw.choice([number, number, number + "0", "x" + number[1:]]) if at % 3 else number,
        "full_name": draw.choice(["Trần A", "Trần 1", "Lê B"]), "birth_date": born, "sex": sex, "ethnicity": "", "nationality": "", "birth_place": draw.choice(["", "x"]),
        "origin": "", "residence_unit": draw.choice([model["residence_unit"], "nowhere"]), "address": draw.choice(["", "x"]), "mother": draw.choice(pick), "father": draw.choice(pick),
        "spouse": draw.choice(pick), "death_date": draw.choice([None, date(1900, 1, 1), today, today + timedelta(days=1)]), "source_case": None, "synthetic": True,
    }  # fmt: skip


def _oracle(row: dict[str, Any], people: dict[str, dict[str, Any]], today: date, places: set[str]) -> dict[str, bool | None]:
    """None where a rule cannot be asked."""
    number, born, died = row["number"], row["birth_date"], row["death_date"]
    agrees = (
        len(number) == 12 and number[:3] in places and number[4:6] == f"{born.year % 100:02d}"
        and number[3] == {"19:male": "0", "19:female": "1", "20:male": "2", "20:female": "3"}.get(f"{born.year // 100}:{row['sex']}")
    )  # fmt: skip

    def other(column: str) -> dict[str, Any] | None:
        return people.get(row[column]) if row[column] else None

    def older(column: str) -> bool | None:
        parent = other(column)
        return _later(parent["birth_date"], 12) <= born if parent else None

    spouse = other("spouse")
    same = [
        one
        for one in people.values()
        if row["mother"] and (one["full_name"], one["birth_date"], one["mother"]) == (row["full_name"], born, row["mother"])
    ]
    return {
        "name_there": bool(row["full_name"]), "birth_place_there": bool(row["birth_place"]), "address_there": bool(row["address"]),
        "mother_there": row["mother"] is not None, "father_there": row["father"] is not None, "touched": True,
        "name_letters": not re.search("[0-9]", row["full_name"]), "sex_known": row["sex"] in {"male", "female"},
        "number_digits": bool(re.fullmatch("[0-9]{12}", number)), "number_agrees": agrees, "born_already": born <= today,
        "birth_before_death": born <= died if died else None, "death_not_ahead": died <= today if died else None,
        "mother_older": older("mother"), "father_older": older("father"),
        "mother_exists": other("mother") is not None if row["mother"] else None, "father_exists": other("father") is not None if row["father"] else None,
        "spouse_exists": spouse is not None if row["spouse"] else None, "spouse_mutual": spouse["spouse"] == row["ref"] if spouse else None,
        "person_once": len(same) < 2, "alive_or_dead": died is not None or _later(born, 110) > today, "residence_today": row["residence_unit"] != "nowhere",
    }  # fmt: skip


def _later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


async def test_registers_agree_about_a_birth(world: World, node: Node) -> None:
    """The two registers of this node are compared: a birth whose child is nobody, and one that says another day."""
    child = await plant(node)
    births = description.describe(node.country, "birth")
    entry: dict[str, Any] = {
        "case_code": f"test-{uuid4()}", "number": "900001/2020", "unit": world.demo.units[0], "registered_on": date(2020, 1, 1), "child": child,
        "full_name": "Trần Khác Tên", "birth_date": date(2020, 2, 1), "birth_place": "", "mother": None, "father": None,
    }  # fmt: skip
    orphan = entry | {"case_code": f"test-{uuid4()}", "child": str(uuid4()), "full_name": "Trần Ai Đó"}
    async with node.write(WHO) as tx:
        assert await description.insert(tx, births, entry)
        assert await description.insert(tx, births, orphan)
    await registers.measure_now(node)
    rules = {rule for key, rule in await found(node, entry["case_code"])}
    assert rules == {"birth_place_there", "born_before_entry", "birth_date_agrees", "name_agrees", "number_once"}
    assert {rule for key, rule in await found(node, orphan["case_code"])} == {"birth_place_there", "born_before_entry", "child_exists", "number_once"}
    async with node.read(WHO) as tx:
        person = await tx.one("SELECT full_name, birth_date FROM registers.person WHERE ref = $1", child)
    assert person
    right = {"birth_place": "Hải Phòng", "registered_on": date(2026, 11, 1), "birth_date": person["birth_date"], "full_name": person["full_name"]}
    async with node.write(WHO) as tx:
        await description.update(tx, births, entry["case_code"], right)
        stranger = await plant(node)
        await description.update(tx, births, orphan["case_code"], right | {"child": stranger, "number": "900002/2020"})
    await registers.measure_now(node)
    assert set((await found(node, entry["case_code"])).values()) == {"fixed"}


async def test_an_older_table_gets_the_day_of_its_changes(world: World, node: Node) -> None:
    """As an upgrade meets it: the table is there, the column is not."""
    databases = world.supervisor.databases
    connection = await databases.owner(databases.name(node.code))
    try:
        change = connection.transaction()
        await change.start()
        await connection.execute("ALTER TABLE registers.birth DROP COLUMN changed_on")
        for _ in range(2):
            await connection.execute(registers.ddl(description.describe(node.country, "birth")))
        columns = await connection.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'registers' AND table_name = 'birth'"
        )
        assert "changed_on" in {row["column_name"] for row in columns}
        await change.rollback()
    finally:
        await connection.close()


async def test_the_overview_says_where_it_goes(world: World, node: Node) -> None:
    """Beside the measurement of a week before, and not the one between."""
    async with node.write(WHO) as tx:
        day = await tx.value("SELECT max(day) FROM registers.quality_run")
        for days, bad in ((8, 3), (1, 500)):
            earlier = day - timedelta(days=days)
            await tx.run(
                """INSERT INTO registers.quality_run (register, day, started_at, records, finished_at)
                   SELECT register, $1, started_at, records, finished_at FROM registers.quality_run WHERE day = $2 AND register = 'person'""",
                earlier, day,
            )  # fmt: skip
            await tx.run(
                """INSERT INTO registers.quality_measure (register, day, rule, agency, checked, good)
                   SELECT register, $1, rule, agency, checked, greatest(0, good - $3) FROM registers.quality_measure
                   WHERE day = $2 AND register = 'person'""",
                earlier, day, bad,
            )  # fmt: skip
    page = (await world.visitor(node, "en").get("/registers")).text
    before = f"{(day - timedelta(days=8)).day} {(day - timedelta(days=8)):%B %Y}"
    assert len(re.findall(rf"Since {before}: up \d+\.\d points", page)) == 4
    async with node.write(WHO) as tx:
        for table in ("quality_run", "quality_measure"):
            await tx.run(f"DELETE FROM registers.{table} WHERE day < $1", day)


async def test_values_put_right_by_a_case_count_for_the_agency(node: Node) -> None:
    described = description.describe(node.country, "person")
    ref, case = await plant(node), f"test-{uuid4()}"
    async with node.write(WHO) as tx:
        _, before = await service.work_of(tx, described)
        await description.amend(tx, described, case, ref, {"birth_place": "Hà Nội", "death_date": "2026-01-02"})
        _, after = await service.work_of(tx, described)
    assert sum(after.values()) == sum(before.values()) + 1, "a death is no correction"
    await change(node, ref, death_date=None)
