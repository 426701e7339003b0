"""What a person can ask about their own data: a copy, a correction, a restriction, erasure; and the public register of processing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dinh.app.processing import processing_of
from dinh.cases.disposal import rules
from dinh.exchange import Question, ask
from dinh.kernel import clock
from dinh.kernel.caller import Caller
from dinh.kernel.errors import NotAllowed, NotFound
from dinh.kernel.retention import class_of, classes_of
from tests.flows import births
from tests.flows.outcomes import Seen, approve, approve_checked, check, file, here, paper_of, rows, signatures, someone, words
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


def you(world: World, at: int = 0) -> dict[str, dict[str, str]]:
    return {"you": {"unit": world.demo.units[at]}}


async def test_a_copy_of_ones_data_is_a_signed_paper_in_the_warehouse(world: World, seen: Seen, tmp_path: Path) -> None:
    account = await someone(world, here(world))
    person = await world.sign_in(account)
    before = await file(world, person, "KN-01", {"about": {"subject": "other", "happened": "x", "wish": "y"}, **you(world)})
    code = await file(world, person, "DL-01", {"about": {"note": ""}, **you(world)})
    await approve(world, code, "")
    pdf = paper_of(seen, code)
    text = words(pdf, tmp_path)
    record = (await rows(world.registers, "SELECT * FROM registers.person WHERE number = $1", account.username))[0]
    for said in (
        "BẢN SAO DỮ LIỆU CÁ NHÂN",
        account.name,
        account.username,
        record["origin"],
        "Quê quán",
        "vĩnh viễn",
        before,
        code,
        "người nộp",
        "đang có hiệu lực",
    ):
        assert (said in text) is (said != "đang có hiệu lực"), said
    for other in ("mother", "father", "spouse"):
        assert not record[other] or record[other] not in text, "no one else's reference stands on it"
    assert signatures(world, pdf, tmp_path) == (2, 2)
    assert "Bản sao dữ liệu cá nhân" in (await person.get("/documents")).text


async def test_who_stands_in_a_book_of_civil_status_is_told_so_and_nobody_else_is_named(world: World, seen: Seen, tmp_path: Path) -> None:
    mother = await world.sign_in(world.account("mother"))
    await births.register_birth(world, mother, "Trần Khuê Bản Sao")
    code = await file(world, mother, "DL-01", {"about": {}, **you(world)})
    await approve(world, code, "")
    text = words(paper_of(seen, code), tmp_path)
    assert "khai sinh" in text.lower()
    assert "Trần Khuê Bản Sao" not in text.split("Các sổ hộ tịch".upper())[-1].split("HỒ SƠ TẠI")[0]


async def test_an_agency_copies_its_own_units_cases_only(world: World) -> None:
    account = await someone(world)
    person, who = await world.person(account), Caller(kind="officer", person="x", agency="H24.168", assurance=2)
    question = Question(
        service="cases.held", client="H24.168", provider="H24.168", purpose="settle", body={"unit": world.demo.units[1], "person": person}, case="x"
    )
    with pytest.raises(NotAllowed, match="not_your_unit"):
        await ask(world.desk, who, question)


async def test_a_wrong_value_is_set_right_with_evidence_and_the_old_one_is_kept(world: World, seen: Seen, tmp_path: Path) -> None:
    account = await someone(world, here(world))
    # A file is filed with the last page that is filled in here.
    pages = {**you(world), "wrong": {"wrong": "origin", "right_origin": "Xã Tân Trào, Tuyên Quang"}}
    code = await file(world, await world.sign_in(account), "DL-02", pages, files="evidence")
    await approve(world, code, "Đúng với giấy khai sinh")
    record = (await rows(world.registers, "SELECT ref, origin, full_name FROM registers.person WHERE number = $1", account.username))[0]
    assert record["origin"] == "Xã Tân Trào, Tuyên Quang"
    kept = await rows(world.registers, "SELECT field, new_value FROM registers.person_history WHERE case_code = $1", code)
    assert kept == [{"field": "origin", "new_value": "Xã Tân Trào, Tuyên Quang"}]
    assert "Giá trị cũ được giữ" in words(paper_of(seen, code), tmp_path)


async def test_a_restriction_leaves_what_the_law_demands_and_can_be_lifted(world: World, seen: Seen, tmp_path: Path) -> None:
    account, giver = await someone(world, here(world)), await someone(world)
    person, ref = await world.sign_in(account), await world.person(account)
    code = await file(world, person, "DL-03", {"wish": {"restrict": "yes"}, **you(world)})
    await approve(world, code, "Theo yêu cầu")
    assert "việc luật bắt buộc" in words(paper_of(seen, code), tmp_path)

    who = Caller(kind="person", person=await world.person(giver), assurance=2)
    body = {"number": account.username, "full_name": account.name, "years": 18}
    question = Question(service="population.identify", client="G22", provider="G01", purpose="mandate", body=body)
    with pytest.raises(NotAllowed, match="restricted"):
        await ask(world.portal, who, question)
    refusals = await rows(world.registers, "SELECT 1 FROM exchange.call WHERE side = 'provider' AND refusal = 'registers.restricted'")
    assert refusals, "the refusal is on record"
    draft = await person.post("/services/KN-01/start")
    assert account.name in (await person.get(str(draft.url.path).rsplit("/", 1)[0] + "/you")).text, "the person themselves are answered"
    settled = Question(service="population.person", client="H24.168", provider="G01", purpose="settle", body={"ref": ref})
    answer = await ask(world.desk, Caller(kind="officer", person="x", agency="H24.168", assurance=2), settled)
    assert answer.body["ref"] == ref, "what a law demands is answered"

    lifted = await file(world, person, "DL-03", {"wish": {"restrict": "no"}, **you(world)})
    await approve(world, lifted, "Theo yêu cầu")
    assert (await ask(world.portal, who, question)).body["ref"] == ref
    types = await rows(
        world.registers, "SELECT type FROM kernel.event WHERE subject = $1 AND type LIKE 'registers:person:%restricted' ORDER BY recorded_at", ref
    )
    assert [row["type"] for row in types] == ["registers:person:restricted", "registers:person:unrestricted"]


async def test_what_a_law_still_keeps_is_not_erased_and_the_law_is_named(world: World) -> None:
    account = await someone(world, here(world))
    person = await world.sign_in(account)
    old = await file(world, person, "KN-01", {"about": {"subject": "other", "happened": "x", "wish": "y"}, **you(world)})
    await approve(world, old, "Đã trả lời")
    code = await file(world, person, "DL-04", {"what": {"what": "case", "about": old}, **you(world)})
    registrar, page = await check(world, code)
    for said in ("Không khớp:</b> hồ sơ đã hết thời hạn lưu trữ", "33/2024/QH15", "còn trong thời hạn lưu trữ", "phải lưu đến trước ngày 01/01/2042"):
        assert said in page, said
    assert (await registrar.post(f"/desk/{code}/propose", {"outcome": "approve", "note": ""})).status_code == 409
    record = await file(world, person, "DL-04", {"what": {"what": "register"}, **you(world)})
    registrar, page = await check(world, record)
    assert "lưu vĩnh viễn theo 26/2023/QH15" in page
    assert (await registrar.post(f"/desk/{record}/propose", {"outcome": "approve", "note": ""})).status_code == 409


async def test_someone_elses_case_is_not_erased(world: World) -> None:
    owner, stranger = await world.sign_in(await someone(world)), await world.sign_in(await someone(world))
    old = await file(world, owner, "KN-01", {"about": {"subject": "other", "happened": "x", "wish": "y"}, **you(world)})
    code = await file(world, stranger, "DL-04", {"what": {"what": "case", "about": old}, **you(world)})
    registrar, page = await check(world, code)
    assert "Không khớp:</b> hồ sơ này là của người yêu cầu" in page
    assert (await registrar.post(f"/desk/{code}/propose", {"outcome": "approve", "note": ""})).status_code == 409


async def test_a_case_whose_time_is_over_goes_at_its_persons_wish(world: World, seen: Seen, tmp_path: Path) -> None:
    """The case is made old in the database: the calendars do not reach to the day on which it would be."""
    account = await someone(world, here(world))
    person = await world.sign_in(account)
    old = await file(world, person, "KN-01", {"about": {"subject": "other", "happened": "Bí mật", "wish": "y"}, **you(world)})
    await approve(world, old, "Đã trả lời")
    async with world.desk.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE dinh_system")
        await connection.execute("UPDATE cases.case SET settled_at = settled_at - interval '20 years' WHERE code = $1", old)
    code = await file(world, person, "DL-04", {"what": {"what": "case", "about": old}, **you(world)})
    _, page = await check(world, code)
    assert page.count('class="is-bad"') == 0
    await approve_checked(world, code, "Theo yêu cầu")
    assert "đã được hủy bằng cách hủy khóa" in words(paper_of(seen, code), tmp_path)
    registrar = await world.sign_in(world.account(world.demo.handler))
    assert (await registrar.get(f"/desk/{old}")).status_code == 404
    status = await person.get(f"/cases/{old}")
    assert (status.status_code, "Bí mật" in status.text) == (200, False)
    who = Caller(kind="system", agency="H24.168")
    again = Question(
        service="cases.erase", client="H24.168", provider="H24.168", purpose="settle", case=code,
        body={"unit": world.demo.units[0], "person": await world.person(account), "of": old},
    )  # fmt: skip
    assert (await ask(world.desk, who, again)).body["erased"] == "yes", "asked again, it is erased"
    with pytest.raises(NotFound):
        await ask(world.desk, who, msgspec.structs.replace(again, body={**again.body, "of": code, "person": "someone else"}))


async def test_a_request_has_a_legal_clock(world: World) -> None:
    person = await world.sign_in(await someone(world))
    code = await file(world, person, "DL-01", {"about": {}, **you(world)})
    case = (await rows_system(world, "SELECT due_on, received_at FROM cases.case WHERE code = $1", code))[0]
    assert case["due_on"] >= world.desk.country.local_date(case["received_at"]) + timedelta(days=10)


async def rows_system(world: World, sql: str, *values: object) -> list[dict[str, Any]]:
    async with world.desk.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE dinh_system")
        return [dict(row) for row in await connection.fetch(sql, *values)]


# The register of processing


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_anyone_reads_what_is_kept_about_people(world: World, language: str) -> None:
    page = await world.visitor(world.portal, language).get("/data-register")
    assert page.status_code == 200
    said = (
        ("Kho giấy tờ điện tử của bạn", "số định danh cá nhân", "vĩnh viễn")
        if language == "vi"
        else ("Your document warehouse", "personal number", "permanently")
    )
    for one in said:
        assert one in page.text, one


async def test_the_register_has_every_column_that_the_database_has(world: World) -> None:
    """What the register says is compared with the real tables: every one it names exists, and every annotated table is named."""
    known = {(one.room, one.table, column) for one in processing_of(world.portal.country).kept for column in one.columns}
    for node in world.nodes.values():
        found = {
            (row["table_schema"], row["table_name"], row["column_name"])
            for row in await rows(node, "SELECT table_schema, table_name, column_name FROM information_schema.columns")
        }
        hosted = {(one.room, one.table) for one in processing_of(world.portal.country).kept if node.code in one.nodes}
        missing = {column for column in known if (column[0], column[1]) in hosted} - found
        assert not missing, (node.code, missing)


async def test_what_may_be_erased_follows_from_class_and_day(world: World) -> None:
    kept = class_of(classes_of(world.portal.country), "case", "1.004873")
    assert kept
    assert kept.code == "other-cases"
    today = clock.now().date()
    assert rules.judged(None, today, today, "").why == "cases.kept_without_time"
    assert rules.judged(kept, None, today, "").why == "cases.kept_open"
    over = rules.judged(kept, today.replace(year=today.year - 11), today, "")
    assert over.erasable
    assert not rules.judged(kept, today.replace(year=today.year - 11), today, "cases.held_legal").erasable
