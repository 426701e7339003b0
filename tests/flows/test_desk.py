"""The desk as officials use it: lists, search, several at once, the counter, the signing queue, lent authority."""

import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from dinh.cases import catalogue_of
from dinh.cases.signing import pages as signing_pages
from dinh.kernel import clock
from tests.flows.deskwork import CODE, Counter, file_case, ready_case
from tests.world import PDF, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_views_count_and_narrow_what_waits(world: World) -> None:
    fresh, ready = await file_case(world, "Lê Mục Mới"), await ready_case(world, "Lê Mục Trình")
    registrar = await world.sign_in(world.account("registrar"))
    shown = {
        show: (await registrar.get(f"/desk?show={show}")).text for show in ("all", "new", "mine", "decision", "paused", "late", "settled", "nonsense")
    }
    assert fresh in shown["new"]
    assert ready not in shown["new"]
    assert ready in shown["decision"]
    assert fresh not in shown["decision"] + shown["paused"] + shown["settled"] + shown["mine"]
    assert {fresh, ready} <= set(CODE.findall(shown["all"])) & set(CODE.findall(shown["nonsense"]))
    assert fresh not in (await registrar.get("/desk?procedure=9.999999")).text
    assert (await registrar.get("/desk?after=zzz&code=%27")).status_code == 200
    chair = await world.sign_in(world.account("chairperson"))
    assert ready in (await chair.get("/desk?show=mine")).text


@pytest.mark.parametrize("text", ["nguyễn diệu tìm", "TIM NGUYEN", "nguyen dieu tim"])
async def test_a_case_is_found_by_folded_words_in_any_order(world: World, text: str) -> None:
    code = await file_case(world, "Nguyễn Diệu Tìm")
    registrar = await world.sign_in(world.account("registrar"))
    assert code in (await registrar.get("/desk/search", params={"q": text})).text


async def test_a_case_is_found_by_code_and_by_number_and_only_in_its_own_unit(world: World) -> None:
    code = await file_case(world, "Nguyễn Tìm Số")
    registrar, stranger = await world.sign_in(world.account("registrar")), await world.sign_in(world.account("registrar", 1))
    for text in (code, f" {code} ", world.account("mother").username, "nguyễn tìm số"):
        assert code in (await registrar.get("/desk/search", params={"q": text})).text, text
        assert f"/desk/{code}" not in (await stranger.get("/desk/search", params={"q": text})).text, text
    for text in ("", "   ", "khôngcóai", "%", "'", "9" * 200):
        page = await registrar.get("/desk/search", params={"q": text})
        assert (page.status_code, code in page.text) == (200, False), text
    async with world.desk.pool.acquire() as connection:
        searched = await connection.fetchval("SELECT count(*) FROM kernel.event WHERE type = 'cases:desk:searched'")
        leaked = await connection.fetchval("SELECT count(*) FROM kernel.event WHERE convert_from(payload, 'UTF8') ILIKE '%tìm%'")
    assert searched
    assert leaked == 0


# Copies of a case, as far as lists look at it, with what it is found by.
COPIES = """WITH made AS (
              INSERT INTO cases.case SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'application', gen_random_uuid(),
                'code', left(c.code, 15) || (n + 100000)))).* FROM cases.case c CROSS JOIN generate_series(1, $2::int) n WHERE c.code = $1 RETURNING id)
            INSERT INTO cases.mark (case_id, unit, mark)
              SELECT made.id, m.unit, m.mark FROM made, cases.mark m JOIN cases.case c ON c.id = m.case_id WHERE c.code = $1"""
UNDONE = (
    "DELETE FROM cases.mark WHERE case_id IN (SELECT id FROM cases.case WHERE code LIKE $1)",
    "DELETE FROM cases.case WHERE code LIKE $1",
)


@asynccontextmanager
async def _copied(world: World, code: str, times: int) -> AsyncIterator[None]:
    async def run(sql: str, *values: object) -> None:
        databases = world.supervisor.databases
        connection = await databases.owner(databases.name(world.desk.code))
        try:
            await connection.execute(sql, *values)
        finally:
            await connection.close()

    await run(COPIES, code, times)
    try:
        yield
    finally:
        for sql in UNDONE:
            await run(sql, f"{code[:15]}10____")


async def test_a_list_that_was_cut_says_so(world: World, tmp_path: Path) -> None:
    code = await file_case(world, "Nguyễn Cắt Bớt")
    registrar = await world.sign_in(world.account("registrar"))
    assert "1 hồ sơ." in (await registrar.get("/desk/search", params={"q": "nguyễn cắt bớt"})).text
    async with _copied(world, code, 1000):
        page = (await registrar.get("/desk/search", params={"q": "nguyễn cắt bớt"})).text
        assert "30 hồ sơ mới nhất trong 1.001 hồ sơ tìm thấy" in page
        assert len(set(CODE.findall(page))) == 30
        register = (await registrar.get("/desk/register")).text
        said = re.search(r"Chỉ gồm 1\.000 hồ sơ đầu tiên trong (1\.\d{3})\. Hãy chọn khoảng thời gian ngắn hơn", register)
        assert said
        pdf = tmp_path / "register.pdf"
        pdf.write_bytes((await registrar.get("/desk/register/pdf")).content)
        words = subprocess.run(["pdftotext", "-layout", "-l", "1", str(pdf), "-"], check=True, capture_output=True).stdout.decode()
        assert f"1.000 hồ sơ đầu tiên trong {said[1]}" in words, "the printed form 07 says it too"
    assert "Chỉ gồm" not in (await registrar.get("/desk/register")).text


async def test_several_are_accepted_at_once_and_those_that_are_gone_are_named(world: World) -> None:
    codes = [await file_case(world, f"Lê Gộp {name}") for name in ("Một", "Hai", "Ba")]
    registrar = await world.sign_in(world.account("registrar"))
    await registrar.post(f"/desk/{codes[2]}/accept")
    other = "H24.168-260101-9999"
    page = await registrar.post("/desk/accept", {f"case.{code}": "yes" for code in [*codes, other]})
    assert "Đã tiếp nhận 2 hồ sơ" in page.text
    assert all(code in page.text for code in [*codes, other])
    again = await registrar.post("/desk/accept", {f"case.{code}": "yes" for code in codes})
    assert "Đã tiếp nhận 0 hồ sơ" in again.text
    assert "chưa chọn" in (await registrar.post("/desk/accept", {})).text


async def test_an_officer_enters_a_case_at_the_counter_and_prints_its_slip(world: World) -> None:
    registrar = await world.sign_in(world.account("registrar"))
    counter = Counter(world, registrar)
    await counter.begin()
    assert world.account("mother").name in (await registrar.get(counter.path)).text, "prefilled from the register"
    wrong = await registrar.post(counter.path, {**counter.typed("Lê Quầy Một"), "child_sex": "", "do": "enter"})
    assert wrong.status_code == 422
    assert 'value="Lê Quầy Một"' in wrong.text, "what was typed stays"
    bad = await registrar.post(counter.path, counter.typed("Lê Quầy Một"), files={"birth_notice": ("x.exe", b"MZ", "application/pdf")})
    assert bad.status_code == 422
    files = {"birth_notice": ("scan.pdf", PDF, "application/pdf")}
    done = await registrar.post(counter.path, {**counter.typed("Lê Quầy Một"), "do": "enter"}, files=files)
    code = CODE.findall(str(done.url))[0]
    assert "Mẫu số 01" in done.text
    scanned = await registrar.get(f"/desk/{code}/files/birth_notice")
    assert scanned.content == PDF
    assert "frame-ancestors 'self'" in scanned.headers["content-security-policy"]
    beside = await registrar.get(f"/desk/{code}/papers/birth_notice")
    assert f'src="/desk/{code}/files/birth_notice"' in beside.text
    assert "Lê Quầy Một" in beside.text
    assert (await registrar.get(f"/desk/{code}/papers/child_name")).status_code == 404
    assert (await registrar.get(f"/desk/{code}/slips/receipt/pdf")).content.startswith(b"%PDF-")
    assert (await registrar.post(counter.path, {"do": "enter"})).status_code == 404, "it is entered once"
    await world.settle()
    mother = await world.sign_in(world.account("mother"))
    assert (await mother.get(f"/cases/{code}")).status_code == 200, "her side of it appears by the agency's word"
    log = await mother.whole("/my-data")
    assert "Thông tin cá nhân trong Cơ sở dữ liệu quốc gia về dân cư" in log


async def test_what_the_agency_misses_of_a_case_from_the_counter_is_answered_online(world: World) -> None:
    """The portal never saw the form: what is asked for is there to answer, also what follows from answers that only the agency has."""
    registrar = await world.sign_in(world.account("registrar"))
    counter = Counter(world, registrar)
    await counter.begin()
    await registrar.post(counter.path, counter.typed("Lê Quầy Thiếu"))
    done = await registrar.post(counter.path, {**counter.typed("Lê Quầy Thiếu"), "do": "enter"})
    code = CODE.findall(str(done.url))[0]
    asked = {"field.birth_notice": "yes", "field.father_name": "yes", "reason": "Ảnh bị mờ, tên cha chưa rõ"}
    assert (await registrar.post(f"/desk/{code}/supplement", asked)).status_code == 200
    await world.settle()
    mother = await world.sign_in(world.account("mother"))
    page = (await mother.get(f"/cases/{code}/answer")).text
    assert 'name="birth_notice"' in page
    assert 'name="father_name"' in page
    bare = await mother.post(f"/cases/{code}/answer", {"father_name": "", "text": "Tôi gửi ảnh mới"})
    assert bare.status_code == 422
    files = {"birth_notice": ("moi.pdf", PDF, "application/pdf")}
    given = await mother.post(f"/cases/{code}/answer", {"father_name": "Đỗ Văn Cha", "text": "Tôi gửi ảnh mới"}, files=files)
    assert "đang được chuyển tới cơ quan" in given.text
    await world.settle()
    case = (await registrar.get(f"/desk/{code}")).text
    assert "Đỗ Văn Cha" in case
    assert (await registrar.get(f"/desk/{code}/files/birth_notice")).content == PDF


async def test_the_counter_refuses_what_it_does_not_know_and_keeps_others_out(world: World) -> None:
    registrar = await world.sign_in(world.account("registrar"))
    unknown = await registrar.post("/desk/counter", {"procedure": world.procedure, "number": "000000000000"})
    assert unknown.status_code == 422
    assert "Không tìm thấy số này" in unknown.text
    nothing = await registrar.post("/desk/counter", {"procedure": "", "number": world.account("mother").username})
    assert nothing.status_code == 422
    counter = Counter(world, registrar)
    await counter.begin()
    assert counter.path in (await registrar.get("/desk/counter")).text, "it can be finished later"
    stranger = await world.sign_in(world.account("registrar", 1))
    assert (await stranger.get(counter.path)).status_code == 404
    assert (await stranger.post(counter.path, {"do": "enter"})).status_code == 404
    assert (await (await world.sign_in(world.account("chairperson"))).get("/desk/counter")).status_code == 403


def _words(pdf: bytes, folder: Path) -> str:
    path = folder / "preview.pdf"
    path.write_bytes(pdf)
    assert b"/ByteRange" not in pdf, "nothing is signed yet"
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True).stdout.decode()


async def test_one_code_signs_several_decisions_each_with_its_own_signature(world: World, tmp_path: Path) -> None:
    codes = [await ready_case(world, f"Lê Ký {name}") for name in ("Một", "Hai")]
    account = world.account("chairperson")
    chair = await world.sign_in(account)
    page = (await chair.get("/desk/sign")).text
    assert "Lê Ký Một" in page
    drawn = await chair.get(f"/desk/{codes[0]}/preview")
    assert "LÊ KÝ MỘT" in _words(drawn.content, tmp_path)
    stranger = await world.sign_in(world.account("chairperson", 1))
    assert (await stranger.get(f"/desk/{codes[0]}/preview")).status_code == 404
    boxes = {f"case.{code}": "yes" for code in codes}
    wrong = await chair.post("/desk/sign", {**boxes, "factor": "000000"})
    assert wrong.status_code == 422
    assert f'name="case.{codes[0]}" value="yes" checked' in wrong.text, "the choice stays"
    done = await chair.post("/desk/sign", {**boxes, "case.H24.168-260101-9999": "yes", "factor": await world.code(account)})
    assert "Đã ký 2 quyết định" in done.text
    assert "1 hồ sơ không ký được" in done.text
    await world.settle()
    async with world.desk.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE dinh_system")
        rows = await connection.fetch(
            "SELECT c.state, d.subject FROM cases.case c JOIN cases.decision d ON d.case_id = c.id WHERE c.code = ANY ($1)", codes
        )
    assert [row["state"] for row in rows] == ["returned", "returned"]
    assert len({row["subject"] for row in rows}) == 2
    assert (await chair.post("/desk/sign", {"factor": "123456"})).status_code == 422
    assert (await (await world.sign_in(world.account("registrar"))).get("/desk/sign")).status_code == 403


async def test_the_signing_queue_says_that_more_wait_than_it_shows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Một", "Hai"):
        await ready_case(world, f"Lê Ký Nhiều {name}")
    chair = await world.sign_in(world.account("chairperson"))
    assert "Đang hiện" not in (await chair.get("/desk/sign")).text
    monkeypatch.setattr(signing_pages, "TOGETHER", 1)
    page = (await chair.get("/desk/sign")).text
    assert "Đang hiện 1 hồ sơ gấp nhất" in page
    waiting = re.search(r"(\d+) quyết định", page)
    assert waiting
    assert int(waiting[1]) >= 2
    assert page.count('class="dinh-pick"') == 1


async def test_the_signing_queue_records_whose_cases_it_showed(world: World) -> None:
    code = await ready_case(world, "Lê Ký Nhìn")
    await (await world.sign_in(world.account("chairperson"))).get("/desk/sign")
    async with world.desk.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE dinh_system")
        seen = await connection.fetchval("SELECT count(*) FROM exchange.access WHERE case_code = $1 AND post LIKE '%.chairperson'", code)
    assert seen


def _parts(name: str, day: date) -> dict[str, str]:
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


async def test_lent_authority_decides_in_its_time_and_no_longer_when_revoked(world: World) -> None:
    unit, today = world.demo.units[0], world.desk.country.local_date(clock.now())
    chair, account = await world.sign_in(world.account("chairperson")), world.account("reception")
    reception = await world.sign_in(account)
    assert (await reception.get("/desk/sign")).status_code == 403
    order = {"post": f"{unit}.reception", "procedure": world.procedure, "ref": "QĐ 12/QĐ-UBND"}
    title = catalogue_of(world.desk.country).versions[world.procedure][-1].title["vi"]
    good = {**order, **_parts("since", today), **_parts("last", today + timedelta(days=7))}
    for wrong in (
        {"post": f"{unit}.chairperson"},
        {"post": "11311.reception"},
        {"ref": ""},
        {"procedure": ""},
        {"since-year": "2020"},
        {"last-year": "2020"},
        {"since-day": "x"},
    ):
        refused = await chair.post("/desk/delegations", {**good, **wrong})
        assert refused.status_code == 422, wrong
        assert f'name="last-year" inputmode="numeric" value="{wrong.get("last-year", good["last-year"])}"' in refused.text, "what was typed stays"
    assert (await chair.post("/desk/delegations", good)).status_code == 200
    assert (await reception.get("/desk/sign")).status_code == 200

    code = await ready_case(world, "Lê Ủy Quyền")
    done = await reception.post(f"/desk/{code}/decide", {"outcome": "approve", "factor": await world.code(account)})
    assert done.status_code == 200, done.text
    await world.settle()
    async with world.desk.pool.acquire() as connection:
        row = await connection.fetchrow(
            "SELECT post, convert_from(payload, 'UTF8') AS payload FROM kernel.event WHERE type = 'cases:case:decided' AND subject = $1", code
        )
    assert row
    assert row["post"] == f"{unit}.reception"
    assert f'"authority":"{unit}.chairperson"' in row["payload"], "the acting post and the authority both stand in the event"

    page = await chair.get("/desk/delegations")
    assert f"{title} · QĐ 12/QĐ-UBND" in page.text, "by its title, not by its code"
    revoke = re.findall(r"/desk/delegations/[0-9a-f-]{36}/revoke", page.text)[0]
    assert (await reception.post(revoke)).status_code == 404, "only the giver takes it back"
    lent_on = await reception.post("/desk/delegations", {**good, "post": f"{unit}.registrar"})
    assert lent_on.status_code == 422, "what was lent is not lent on"
    assert (await chair.post(revoke)).status_code == 200
    assert (await reception.get("/desk/sign")).status_code == 403


async def test_lent_authority_begins_and_ends_by_its_days(world: World) -> None:
    unit, today = world.demo.units[0], world.desk.country.local_date(clock.now())
    chair = await world.sign_in(world.account("chairperson"))
    later = {
        "post": f"{unit}.reception",
        "procedure": "*",
        "ref": "QĐ 13/QĐ-UBND",
        **_parts("since", today + timedelta(days=2)),
        **_parts("last", today + timedelta(days=3)),
    }
    assert (await chair.post("/desk/delegations", later)).status_code == 200
    seen = {}
    try:
        for days in (0, 2, 3, 4):
            clock.shift(days * 86400)
            await world.go_on()
            reception = await world.sign_in(world.account("reception"))
            seen[days] = (await reception.get("/desk/sign")).status_code
    finally:
        clock.shift(0)
    assert seen == {0: 403, 2: 200, 3: 200, 4: 403}
