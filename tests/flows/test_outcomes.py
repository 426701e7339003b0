"""Procedures that are data: death, marital status, correction, complaint, through HTTP to the signed paper, and what must not happen on the way."""

import base64
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from dinh.app.demo import DemoAccount
from dinh.cases.decisions import settle
from dinh.exchange import Question, ask
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.flows import births
from tests.flows.outcomes import Pages, Seen, approve, check, citizen, file, rows, signatures, watched, words
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
DEATH, MARITAL, CORRECTION, COMPLAINT = "1.000656", "1.004873", "1.004859", "KN-01"
# 40 letters and spaces, with every kind of mark there is.
LONG = "Nguyễn Đặng Ngọc Bảo Trường Ỷ Ẵm Ưỡn Lỗi"


@pytest_asyncio.fixture(loop_scope="session")
async def seen(world: World) -> AsyncIterator[Seen]:
    async with watched(world) as made:
        yield made
    assert made.misshapen == [], "an answer holds what services.yaml says"


def paper_of(seen: Seen, code: str) -> bytes:
    return base64.b64decode(seen.deposits[code]["pdf"])


def day(name: str, value: date) -> dict[str, str]:
    return {f"{name}-day": str(value.day), f"{name}-month": str(value.month), f"{name}-year": str(value.year)}


async def someone(world: World, more: str = "true") -> DemoAccount:
    """A living adult who is no official's family and holds no account, and whom no other test has taken."""
    known, taken = [account.username for account in world.accounts], _TAKEN.setdefault(id(world), set())
    family = "SELECT 1 FROM registers.person o WHERE o.number = ANY ($1) AND o.ref IN (p.mother, p.father, p.spouse)"
    clause = f"number <> ALL ($1 || $2::text[]) AND birth_date < '2000-01-01' AND death_date IS NULL AND NOT EXISTS ({family}) AND {more}"
    found = await citizen(world, clause, known, list(taken))
    taken.add(found.username)
    return found


def here(world: World) -> str:
    return f"residence_unit = '{world.demo.units[0]}'"


_TAKEN: dict[int, set[str]] = {}


def death_of(world: World, person: DemoAccount, died: date = date(2026, 11, 15)) -> Pages:
    return {
        "you": {"relation": "child"},
        "deceased": {"deceased_name": person.name, "deceased_number": person.username},
        "death": {**day("death_date", died), "death_time": "06:30", "death_place": "Bệnh viện Việt Tiệp, Hải Phòng", "death_cause": "Tuổi già"},
        "where": {"unit": world.demo.units[0]},
    }


async def die(world: World, person: DemoAccount) -> str:
    """A death is registered; the case's code."""
    reporter = await world.sign_in(await someone(world))
    code = await file(world, reporter, DEATH, death_of(world, person), files="death_notice")
    await approve(world, code)
    return code


async def order(world: World, service: str, provider: str, body: dict[str, Any], client: str = "H24.168") -> dict[str, Any]:
    """As a job of an agency asks."""
    who = Caller(kind="system", agency=client, purpose="settle", case=body.get("case"))
    return (await ask(world.desk, who, Question(service=service, client=client, provider=provider, purpose="settle", body=body))).body


# A death


async def test_a_death_is_registered_from_the_form_to_the_signed_extract(world: World, seen: Seen, tmp_path: Path) -> None:
    person = await someone(world, here(world))
    reporter = await world.sign_in(await someone(world))
    code = await file(world, reporter, DEATH, death_of(world, person), files="death_notice")
    registrar, page = await check(world, code)
    for line in (f"họ tên và số định danh của người chết, {person.name}", "chưa từng được đăng ký khai tử", "ngày chết không trước ngày sinh"):
        assert line in page, line
    assert page.count('class="is-good"') == 6
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


async def forget_jobs(world: World) -> None:
    """A job that was refused waits in the queue, in the way of every test after this."""
    async with world.desk.pool.acquire() as connection:
        await connection.execute("DELETE FROM jobs.pgqueuer")


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


# Marital status


def marital(world: World, *, marriage: bool) -> Pages:
    where = {"where": {"unit": world.demo.units[0]}}
    if marriage:
        return {"you": {}, "purpose": {"purpose": "marriage"}, "partner": {"partner_name": "Lê Thị Dự Định"}, **where}
    return {"you": {}, "purpose": {"purpose": "other", "purpose_text": "vay vốn mua nhà"}, **where}


async def test_the_paper_says_what_the_register_says_of_the_marriage(world: World, seen: Seen, tmp_path: Path) -> None:
    husband = await someone(world, "sex = 'male' AND spouse IS NOT NULL")
    wife = await citizen(world, "ref = (SELECT spouse FROM registers.person WHERE number = $1)", husband.username)
    single = await someone(world, "spouse IS NULL")

    code = await file(world, await world.sign_in(husband), MARITAL, marital(world, marriage=False))
    await approve(world, code)
    text = words(paper_of(seen, code), tmp_path)
    for line in ("GIẤY XÁC NHẬN", f"Hiện tại đang có vợ là bà {wife.name}", "vay vốn mua nhà", husband.username, "Có giá trị đến hết ngày"):
        assert line in text, line
    assert signatures(world, paper_of(seen, code), tmp_path) == (2, 2)
    log = (await (await world.sign_in(wife)).get("/my-data")).text
    assert code in log, "she sees that her name was told"

    await die(world, husband)
    code = await file(world, await world.sign_in(wife), MARITAL, marital(world, marriage=True))
    _, page = await check(world, code)
    assert f"có ghi vợ hoặc chồng là {husband.name}" in page
    await (await world.sign_in(world.account(world.demo.handler))).post(f"/desk/{code}/propose", {"outcome": "approve", "note": ""})
    await births.decide(world, code)
    await world.settle()
    text = words(paper_of(seen, code), tmp_path)
    assert f"nhưng chồng là ông {husband.name} đã chết. Hiện tại chưa đăng ký kết hôn với ai" in text
    assert "Dự định kết hôn với: Lê Thị Dự Định" in text

    code = await file(world, await world.sign_in(single), MARITAL, marital(world, marriage=True))
    await approve(world, code)
    assert "Hiện tại chưa đăng ký kết hôn với ai." in words(paper_of(seen, code), tmp_path)
    entry = (await rows(world.registers, "SELECT status, registered_on, valid_until FROM registers.confirmation WHERE case_code = $1", code))[0]
    assert (entry["status"], entry["valid_until"].month) == ("single", (entry["registered_on"].month + 5) % 12 + 1)


async def test_a_married_person_who_wants_to_marry_is_shown_to_the_officer(world: World) -> None:
    person = await someone(world, "spouse IS NOT NULL")
    code = await file(world, await world.sign_in(person), MARITAL, marital(world, marriage=True))
    _, page = await check(world, code)
    assert "Không khớp:</b> người yêu cầu không đang có vợ hoặc chồng" in page


# A correction


def correction(world: World, code: str, name: str) -> Pages:
    return {
        "about": {"about": code, "wrong": "full_name"}, "you": {"unit": world.demo.units[0]},
        "right": {"right_full_name": name, "reason": "Giấy chứng sinh ghi khác"},
    }  # fmt: skip


async def test_a_certificate_is_corrected_twice_and_the_register_keeps_what_was(world: World, seen: Seen, tmp_path: Path) -> None:
    mother = await world.sign_in(world.account("mother"))
    birth = await births.register_birth(world, mother, "Trần Khuê Xai")
    number = (await rows(world.registers, "SELECT number FROM registers.birth WHERE case_code = $1", birth))[0]["number"]

    first = await file(world, mother, CORRECTION, correction(world, birth, "Trần Khuê Sai"), files="evidence", about=birth)
    _, page = await check(world, first)
    assert "sổ đang ghi họ tên: Trần Khuê Xai" in page
    await approve_checked(world, first)
    assert seen.deposits[first]["replaces"] == birth
    text = words(paper_of(seen, first), tmp_path)
    for line in ("GIẤY KHAI SINH", "TRẦN KHUÊ SAI", f"Số: {number}", f"Giấy khai sinh số {number}, hồ sơ {birth}", f"cải chính theo hồ sơ {first}"):
        assert line in text, line
    assert "XAI" not in text
    assert signatures(world, paper_of(seen, first), tmp_path) == (2, 2)

    father = await world.sign_in(world.account("father"))
    second = await file(world, father, CORRECTION, correction(world, first, "Trần Khuê Đúng"), files="evidence")
    await approve(world, second)
    assert seen.deposits[second]["replaces"] == first, "the one in force, not the first"
    entry = (await rows(world.registers, "SELECT child, full_name, full_name_folded FROM registers.birth WHERE case_code = $1", birth))[0]
    person = (await rows(world.registers, "SELECT full_name, full_name_folded FROM registers.person WHERE ref = $1", entry.pop("child")))[0]
    assert entry == person == {"full_name": "Trần Khuê Đúng", "full_name_folded": "tran khue dung"}
    for table in ("birth_history", "person_history"):
        kept = await rows(world.registers, f"SELECT case_code, old_value, new_value FROM registers.{table} WHERE case_code = ANY ($1) ORDER BY amended_at",
                          [first, second])  # fmt: skip
        assert [tuple(row.values()) for row in kept] == [(first, "Trần Khuê Xai", "Trần Khuê Sai"), (second, "Trần Khuê Sai", "Trần Khuê Đúng")]
    with pytest.raises(NotAllowed, match="not_correctable"):
        body = {"case": "H24.168-260101-9998", "person": str(await _child(world, birth)), "values": {"number": "1"}}
        await order(world, "population.correct", "G01", body)


async def _child(world: World, birth: str) -> str:
    return str((await rows(world.registers, "SELECT child FROM registers.birth WHERE case_code = $1", birth))[0]["child"])


async def approve_checked(world: World, code: str, note: str = "") -> None:
    registrar = await world.sign_in(world.account(world.demo.handler))
    response = await registrar.post(f"/desk/{code}/propose", {"outcome": "approve", "note": note})
    assert response.status_code == 200, response.text
    await births.decide(world, code)
    await world.settle()


async def test_nobody_corrects_someone_elses_certificate(world: World) -> None:
    birth = await births.register_birth(world, await world.sign_in(world.account("mother")), "Trần Khuê Người Ta")
    stranger = await someone(world)
    code = await file(world, await world.sign_in(stranger), CORRECTION, correction(world, birth, "Kẻ Xấu"), files="evidence")
    registrar, page = await check(world, code)
    assert "Không khớp:</b> sổ khai sinh có hồ sơ này" in page
    assert "Người Ta" not in page, "the register tells a stranger's case nothing"
    assert world.account("father").name not in page
    assert (await registrar.post(f"/desk/{code}/propose", {"outcome": "approve", "note": ""})).status_code == 409
    ref = (await rows(world.registers, "SELECT ref FROM registers.person WHERE number = $1", stranger.username))[0]["ref"]
    body = {"case": code, "unit": world.demo.units[0], "of": birth, "person": ref, "values": {"full_name": "Kẻ Xấu"}}
    with pytest.raises(NotFound):
        await order(world, "civilstatus.correct_birth", "G15", body)
    unknown = {**body, "of": "H24.168-000000-0000"}
    with pytest.raises(NotFound):
        await order(world, "civilstatus.correct_birth", "G15", unknown)
    assert (await rows(world.registers, "SELECT full_name FROM registers.birth WHERE case_code = $1", birth))[0]["full_name"] == "Trần Khuê Người Ta"


# A complaint


async def test_a_complaint_is_answered_in_the_words_of_the_official(world: World, seen: Seen, tmp_path: Path) -> None:
    mother = await world.sign_in(world.account("mother"))
    pages: Pages = {
        "about": {"subject": "handling", "about": "H24.168-261101-0007", "happened": "Tôi nộp hồ sơ.\nKhông ai trả lời <b>*gấp*</b>.", "wish": "Xin được trả lời."},
        "you": {"unit": world.demo.units[0]},
    }  # fmt: skip
    code = await file(world, mother, COMPLAINT, pages)
    registrar, page = await check(world, code)
    assert "nói về hồ sơ hoặc dữ liệu: H24.168-261101-0007" in page
    assert "Nội dung này được in trên văn bản" in page
    empty = await registrar.post(f"/desk/{code}/propose", {"outcome": "approve", "note": "  "})
    assert (empty.status_code, "Hãy viết nội dung trả lời" in empty.text, 'href="#note"' in empty.text) == (422, True, True)
    await approve_checked(world, code, "Chúng tôi xin lỗi vì sự chậm trễ.\nHồ sơ sẽ được giải quyết ngày mai.")
    text = words(paper_of(seen, code), tmp_path)
    for line in ("TRẢ LỜI KHIẾU NẠI", world.account("mother").name, "H24.168-261101-0007", "Không ai trả lời <b>*gấp*</b>.", "Xin được trả lời.",
                 "Chúng tôi xin lỗi vì sự chậm trễ.", "Hồ sơ sẽ được giải quyết ngày mai.", "khởi kiện"):  # fmt: skip
        assert line in text, line
    assert signatures(world, paper_of(seen, code), tmp_path) == (2, 2)
    assert seen.deposits[code]["replaces"] is None


@pytest.mark.parametrize(
    ("about", "kept"),
    [
        ("H24.168-261101-0007", "H24.168-261101-0007"),
        ("  a&b \"c'  ", "a&amp;b &#34;c&#39;"),
        ("x" * 120, "x" * 120),
        ("x" * 121, ""),
        ("a\u202eb", ""),
        ("a\nb", ""),
        ("", ""),
    ],
)
async def test_what_a_link_is_about_enters_the_form(world: World, about: str, kept: str) -> None:
    mother = await world.sign_in(world.account("mother"))
    page = await mother.get(f"/services/{COMPLAINT}/start", params={"about": about})
    assert page.status_code == 200
    started = await mother.post(f"/services/{COMPLAINT}/start", {"about": about})
    assert f'name="about" type="text" value="{kept}"' in started.text
    other = await mother.post(f"/services/{MARITAL}/start", {"about": about})
    assert other.status_code == 200, "a procedure that has no such field leaves it"


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
