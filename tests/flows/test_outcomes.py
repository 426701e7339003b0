"""Procedures that are data: deaths and births, through HTTP to the signed paper, and what must not happen on the way."""

from datetime import date
from pathlib import Path

import pytest

from dinh.app.demo import DemoAccount
from dinh.cases.decisions import settle
from dinh.kernel.errors import Conflict, Invalid, NotAllowed
from tests.flows import births
from tests.flows.outcomes import (
    DEATH,
    Seen,
    approve,
    approve_checked,
    check,
    citizen,
    death_of,
    die,
    file,
    forget_jobs,
    here,
    order,
    paper_of,
    rows,
    signatures,
    someone,
    words,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
# 40 letters and spaces, with every kind of mark there is.
LONG = "Nguyễn Đặng Ngọc Bảo Trường Ỷ Ẵm Ưỡn Lỗi"


# A death


async def test_a_death_is_registered_from_the_form_to_the_signed_extract(world: World, seen: Seen, tmp_path: Path) -> None:
    person = await someone(world, here(world))
    reporter = await world.sign_in(await someone(world))
    code = await file(world, reporter, DEATH, death_of(world, person), files="death_notice")
    registrar, page = await check(world, code)
    for line in (f"họ tên và số định danh của người chết, {person.name}", "chưa từng được đăng ký khai tử", "ngày chết không trước ngày sinh"):
        assert line in page, line
    assert page.count('<li class="is-good"><b>Khớp:</b>') == 6
    await registrar.post(f"/desk/{code}/propose", {"outcome": "approve", "note": ""})
    await births.decide(world, code)
    await world.settle()
    assert "Kết quả đã có trong kho giấy tờ của bạn" in (await reporter.get(f"/cases/{code}")).text

    entry = (await rows(world.registers, "SELECT * FROM registers.death WHERE case_code = $1", code))[0]
    record = (await rows(world.registers, "SELECT * FROM registers.person WHERE number = $1", person.username))[0]
    assert (entry["person"], record["death_date"]) == (record["ref"], date(2026, 11, 15))
    kept = await rows(world.registers, "SELECT field, old_value, new_value FROM registers.person_history WHERE case_code = $1", code)
    assert kept == [{"field": "death_date", "old_value": None, "new_value": "2026-11-15"}]

    pdf = paper_of(seen, code)
    text = words(pdf, tmp_path)
    for line in ("TRÍCH LỤC KHAI TỬ", f"Số: {entry['number']}", person.name.upper(), person.username, "15/11/2026", "Ngày mười lăm, tháng mười một",
                 "06:30", "Tuổi già", "Bản trình diễn"):  # fmt: skip
        assert line in text, line
    assert signatures(world, pdf, tmp_path) == (2, 2)
    history = await rows(world.registers, "SELECT type FROM kernel.event WHERE case_code = $1 AND type LIKE 'registers:%' ORDER BY type", code)
    assert [row["type"] for row in history] == ["registers:death:registered", "registers:person:died"]


async def test_a_death_is_registered_once(world: World) -> None:
    person = await someone(world, here(world))
    first = await die(world, person)
    second = await file(world, await world.sign_in(await someone(world)), DEATH, death_of(world, person), files="death_notice")
    registrar, page = await check(world, second)
    assert page.count('class="is-bad"') == 2
    refused = await registrar.post(f"/desk/{second}/propose", {"outcome": "approve", "note": ""})
    assert (refused.status_code, "có nội dung bắt buộc không khớp" in refused.text) == (409, True)
    assert (await registrar.post(f"/desk/{second}/propose", {"outcome": "refuse", "note": "Đã đăng ký"})).status_code == 200
    await births.decide(world, second, "refuse")

    ref = (await rows(world.registers, "SELECT ref FROM registers.person WHERE number = $1", person.username))[0]["ref"]
    again = {"case": first, "person": ref, "death_date": "2026-11-15"}
    assert (await order(world, "population.record_death", "G01", again))["death_date"] == "2026-11-15", "the same case may ask again"
    with pytest.raises(Conflict, match="dead_before"):
        await order(world, "population.record_death", "G01", {**again, "case": second})
    death = {"person": ref, "full_name": person.name, "death_date": "2026-11-15", "death_place": "x", "reporter": ref}
    with pytest.raises(Conflict, match="registered_before"):
        await order(world, "civilstatus.register_death", "G15", {"case": second, "unit": world.demo.units[0], "death": death})
    assert len(await rows(world.registers, "SELECT 1 FROM registers.death WHERE person = $1", ref)) == 1


async def test_what_became_wrong_after_the_check_is_found_by_the_next_check_and_by_the_register(world: World) -> None:
    """Proposed while the person lived; the same death is registered meanwhile."""
    person = await someone(world)
    late, later = [
        await file(world, await world.sign_in(await someone(world)), DEATH, death_of(world, person), files="death_notice") for _ in range(2)
    ]
    for code in (late, later):
        registrar, _ = await check(world, code)
        assert (await registrar.post(f"/desk/{code}/propose", {"outcome": "approve", "note": ""})).status_code == 200
    await die(world, person)
    chair = await world.sign_in(world.account(world.demo.decider))
    assert (await chair.post(f"/desk/{late}/send-back", {"reason": "Hỏi lại"})).status_code == 200
    await registrar.post(f"/desk/{late}/check")
    refused = await registrar.post(f"/desk/{late}/propose", {"outcome": "approve", "note": ""})
    assert (refused.status_code, "có nội dung bắt buộc không khớp" in refused.text) == (409, True)
    await births.decide(world, later)
    with pytest.raises(Conflict, match="registered_before"):
        await settle(world.desk, {"case": later})
    await forget_jobs(world)
    ref = (await rows(world.registers, "SELECT ref FROM registers.person WHERE number = $1", person.username))[0]["ref"]
    assert len(await rows(world.registers, "SELECT 1 FROM registers.death WHERE person = $1", ref)) == 1


async def test_a_death_before_the_birth_cannot_be_approved(world: World) -> None:
    person = await someone(world)
    code = await file(world, await world.sign_in(await someone(world)), DEATH, death_of(world, person, date(1890, 1, 1)), files="death_notice")
    registrar, _ = await check(world, code)
    assert (await registrar.post(f"/desk/{code}/propose", {"outcome": "approve", "note": ""})).status_code == 409
    ref = (await rows(world.registers, "SELECT ref FROM registers.person WHERE number = $1", person.username))[0]["ref"]
    for died in ("1890-01-01", "2999-01-01"):
        with pytest.raises(Invalid, match="impossible_date"):
            await order(world, "population.record_death", "G01", {"case": code, "person": ref, "death_date": died})


async def test_a_person_without_a_number_gets_an_extract_and_the_population_stays(world: World, seen: Seen, tmp_path: Path) -> None:
    pages = death_of(world, DemoAccount("", "Vũ Thị Không Số", "", "", "", "", ""))
    pages["death"] |= {"death_time": "", "death_cause": ""}
    code = await file(world, await world.sign_in(await someone(world)), DEATH, pages, files="death_notice")
    await approve(world, code)
    entry = (await rows(world.registers, "SELECT person, full_name FROM registers.death WHERE case_code = $1", code))[0]
    assert entry == {"person": None, "full_name": "Vũ Thị Không Số"}
    assert "VŨ THỊ KHÔNG SỐ" in words(paper_of(seen, code), tmp_path)
    second = await file(world, await world.sign_in(await someone(world)), DEATH, pages, files="death_notice")
    _, page = await check(world, second)
    assert "Không khớp:</b> việc chết này chưa từng được đăng ký khai tử" in page


async def test_an_agency_enters_for_its_own_unit_only(world: World) -> None:
    foreign, provider = world.demo.units[1], {"population": "G01", "civilstatus": "G15"}
    confirmation = {"person": "x", "full_name": "x", "status": "single", "purpose": "x", "valid_until": "2027-01-01"}
    for service, body in (
        ("civilstatus.register_death", {"death": {"full_name": "x", "death_date": "2026-01-01", "death_place": "x", "reporter": "x"}}),
        ("civilstatus.register_birth", {"birth": {"full_name": "x", "birth_date": "2026-01-01", "birth_place": "x", "child": "x"}}),
        ("population.register_birth", {"child": {"full_name": "x", "birth_date": "2026-01-01", "sex": "male"}}),
        ("civilstatus.confirm_marital_status", {"confirmation": confirmation}),
        ("civilstatus.correct_birth", {"of": "x", "person": "x", "values": {"full_name": "x"}}),
    ):
        with pytest.raises(NotAllowed, match="not_your_unit"):
            await order(world, service, provider[service.split(".")[0]], {"case": "H24.168-260101-9999", "unit": foreign, **body})


# Births again, now that they are data


async def test_twins_are_two_children(world: World, seen: Seen) -> None:
    mother = await world.sign_in(world.account("mother"))
    codes = [await births.register_birth(world, mother, name) for name in ("Trần Khuê Song", "Trần Khuê Sinh")]
    assert set(codes) <= seen.deposits.keys()
    found = await rows(world.registers, "SELECT number FROM registers.person WHERE source_case = ANY ($1)", codes)
    assert len({row["number"] for row in found}) == 2


async def test_a_second_registration_of_the_same_birth_is_refused_by_the_check(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    await births.register_birth(world, mother, "Trần Khuê Lặp")
    again = await births.file_case(world, mother, "TRẦN KHUÊ LẶP")
    registrar, page = await check(world, again)
    assert "Không khớp:</b> trẻ chưa từng được đăng ký khai sinh" in page
    assert (await registrar.post(f"/desk/{again}/propose", {"outcome": "approve", "note": ""})).status_code == 409


async def test_two_cases_of_one_birth_that_were_checked_before_either_was_entered_make_one_child(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    codes = [await births.file_case(world, mother, "Trần Khuê Cùng Lúc") for _ in range(2)]
    for code in codes:
        await births.handle(world, code)
    for code in codes:
        await births.decide(world, code)
    await settle(world.desk, {"case": codes[0]})
    with pytest.raises(Conflict, match="registered_before"):
        await settle(world.desk, {"case": codes[1]})
    await forget_jobs(world)
    found = await rows(world.registers, "SELECT source_case FROM registers.person WHERE source_case = ANY ($1)", codes)
    assert [row["source_case"] for row in found] == [codes[0]]


async def test_a_parent_who_is_dead_on_record_is_shown_and_the_birth_can_be_registered(world: World, seen: Seen, tmp_path: Path) -> None:
    mother = await someone(world, "sex = 'female' AND EXISTS (SELECT 1 FROM registers.person s WHERE s.ref = p.spouse AND s.death_date IS NULL)")
    father = await citizen(world, "ref = (SELECT spouse FROM registers.person WHERE number = $1)", mother.username)
    await die(world, father)
    pages = births.answers(world, "Trần Khuê Côi")
    pages["father"] = {"father_name": father.name, "father_number": father.username}
    code = await file(world, await world.sign_in(mother), "1.001193", pages, files="birth_notice")
    _, page = await check(world, code)
    assert f"Không khớp:</b> {father.name} còn sống theo cơ sở dữ liệu dân cư" in page
    await approve_checked(world, code)
    assert father.name in words(paper_of(seen, code), tmp_path)


async def test_a_name_of_forty_letters_with_every_mark_stands_on_the_certificate(world: World, seen: Seen, tmp_path: Path) -> None:
    assert len(LONG) == 40
    code = await births.register_birth(world, await world.sign_in(world.account("mother")), LONG)
    assert LONG.upper() in words(paper_of(seen, code), tmp_path)
