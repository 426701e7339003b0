"""Procedures that are data: marital status, correction, complaint, through HTTP to the signed paper, and what must not happen on the way."""

from pathlib import Path

import pytest

from dinh.kernel.errors import NotAllowed, NotFound
from tests.flows import births
from tests.flows.outcomes import Pages, Seen, approve, approve_checked, check, citizen, die, file, order, paper_of, rows, signatures, someone, words
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
MARITAL, CORRECTION, COMPLAINT = "1.004873", "1.004859", "KN-01"


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
    log = await (await world.sign_in(wife)).whole("/my-data")
    assert "Tra cứu tình trạng hôn nhân" in log, "she sees that her name was told"
    assert code not in log, "and not in whose matter"

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
