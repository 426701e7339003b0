"""Bad input gets a clear answer in the person's language, and nothing is lost or doubled."""

import asyncio
import os
import subprocess
from uuid import uuid4

import pytest

from dinh.kernel import files
from dinh.kernel.web.visit import SESSION
from tests.flows import births
from tests.world import PDF, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _sign_in_form(world: World, number: str, password: str) -> tuple[int, str]:
    visitor = world.visitor(world.portal)
    await visitor.get("/sign-in")
    visitor.anchor = visitor.http.cookies["dinh_visitor"]
    response = await visitor.post("/sign-in", {"number": number, "password": password, "next": "/"})
    return response.status_code, response.text.replace(number, "NUMBER")


async def test_a_wrong_password_and_an_unknown_account_get_the_same_answer_and_are_limited(world: World) -> None:
    await world.forgive()
    account = world.account("vice-chairperson", 1)
    known, unknown = await _sign_in_form(world, account.username, "wrong"), await _sign_in_form(world, "999999999999", "wrong")
    assert known[0] == unknown[0] == 422
    assert _without_tokens(known[1]) == _without_tokens(unknown[1])
    assert "chưa đúng" in known[1]
    for _ in range(4):
        await _sign_in_form(world, account.username, "wrong")
    status, text = await _sign_in_form(world, account.username, account.password)
    assert status == 429
    assert "thử lại sau 15 phút" in text
    await world.forgive()


def _without_tokens(page: str) -> str:
    import re

    return re.sub(r'value="[0-9a-f]{64}"', "", page)


async def test_a_wrong_one_time_code_is_refused_and_a_right_one_works_once(world: World) -> None:
    await world.forgive()
    account = world.account("father")
    visitor = world.visitor(world.portal)
    await visitor.get("/sign-in")
    visitor.anchor = visitor.http.cookies["dinh_visitor"]
    await visitor.post("/sign-in", {"number": account.username, "password": account.password, "next": "/verify"})
    assert (await visitor.post("/sign-in/code", {"code": "000000"})).status_code == 422
    code = await world.code(account)
    done = await visitor.post("/sign-in/code", {"code": code})
    assert done.url.path == "/verify"
    second = world.visitor(world.portal)
    await second.get("/sign-in")
    second.anchor = second.http.cookies["dinh_visitor"]
    await second.post("/sign-in", {"number": account.username, "password": account.password, "next": "/"})
    assert (await second.post("/sign-in/code", {"code": code})).status_code == 422


async def test_an_expired_session_in_the_middle_of_a_form_loses_nothing(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    draft = await births.start(mother)
    await mother.post(f"{draft}/relation", {"relation": "mother", "married": "no"})
    mother.http.cookies.delete(SESSION)
    response = await mother.get(f"{draft}/child")
    assert response.status_code == 303
    assert response.headers["location"].startswith("/session/start?next=%2Fapplications%2F")
    again = await world.sign_in(world.account("mother"))
    page = await again.get(f"{draft}/relation")
    assert 'value="mother" checked' in page.text
    assert 'value="no" checked' in page.text


async def test_what_was_typed_wrong_stays_and_every_error_is_named(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    draft = await births.start(mother)
    await mother.post(f"{draft}/relation", {"relation": "mother", "married": "yes"})
    typed = {"child_name": "Trần 9", "child_birth_date-day": "31", "child_birth_date-month": "2", "child_birth_date-year": "2026"}
    page = await mother.post(f"{draft}/child", typed)
    assert page.status_code == 422
    for words in ('value="Trần 9"', 'value="31"', "Nhập một ngày có thật", "Chọn một mục", "Nhập thông tin này"):
        assert words in page.text
    english = world.visitor(world.portal, "en")
    english.http.cookies, english.anchor = mother.http.cookies, mother.anchor
    assert "Enter a real date" in (await english.post(f"{draft}/child", typed)).text
    assert 'value="Trần 9"' in (await mother.get(f"{draft}/child")).text


async def test_a_birth_in_the_future_is_refused(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    draft = await births.start(mother)
    page = await mother.post(f"{draft}/child", births.answers(world, born=("1", "1", "2099"))["child"])
    assert page.status_code == 422
    assert "Ngày này chưa tới" in page.text


async def test_a_double_click_makes_one_case(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    draft = await births.fill_in(world, mother, "Trần Khuê Đôi")
    await asyncio.gather(*[mother.post(f"{draft}/review", follow=False) for _ in range(5)])
    await world.settle()
    async with world.desk.pool.acquire() as connection:
        await connection.execute("SET ROLE dinh_system")
        count = await connection.fetchval("SELECT count(*) FROM cases.case WHERE application = $1::text::uuid", draft.rsplit("/", 1)[1])
        await connection.execute("RESET ROLE")
    assert count == 1


async def test_someone_elses_case_document_and_draft_are_not_found_and_the_attempt_is_recorded(world: World) -> None:
    mother, father = await world.sign_in(world.account("mother")), await world.sign_in(world.account("father"))
    code = await births.register_birth(world, mother, "Trần Khuê Riêng")
    documents = (await mother.get("/documents")).text
    document = documents.split('href="/documents/')[1][:36]
    draft = await births.start(mother)
    for path in (
        f"/cases/{code}",
        f"/cases/{code}/receipt",
        f"/documents/{document}",
        f"/documents/{document}/file",
        f"{draft}/child",
        f"/documents/{uuid4()}",
    ):
        assert (await father.get(path)).status_code == 404, path
    assert (await father.post(f"{draft}/child", {"child_name": "x"})).status_code == 404
    person = await world.person(world.account("father"))
    async with world.portal.pool.acquire() as connection:
        sql = "SELECT subject FROM kernel.event WHERE type = 'kernel:access:refused' AND actor = $1"
        refused = {row["subject"] for row in await connection.fetch(sql, person)}
    assert {f"case:{code}", f"document:{document}"} <= refused


async def test_another_communes_officer_sees_nothing_and_cannot_act(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    code = await births.file_case(world, mother, "Trần Khuê Xa")
    stranger = await world.sign_in(world.account("registrar", 1))
    assert code not in (await stranger.get("/desk")).text
    assert (await stranger.get(f"/desk/{code}")).status_code == 404
    assert (await stranger.post(f"/desk/{code}/accept")).status_code == 404
    assert (await stranger.get(f"/api/cases/v1/cases/{code}")).status_code == 404


async def test_the_desk_is_closed_to_citizens_and_strangers(world: World) -> None:
    assert (await world.visitor(world.desk).get("/desk")).status_code == 303
    citizen = await world.sign_in(world.account("mother"), world.desk)
    assert (await citizen.get("/desk")).status_code == 403
    chair = await world.sign_in(world.account("chairperson"))
    assert (await chair.post("/desk/H24.168-260101-0001/accept")).status_code == 403


async def test_a_form_without_our_token_or_from_another_site_is_refused(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    assert (await mother.http.post("/services/1.001193/start")).status_code == 422
    assert (await mother.http.post("/services/1.001193/start", data={"_csrf": "0" * 64})).status_code == 403
    mother.http.headers["origin"] = "https://evil.example"
    assert (await mother.post("/services/1.001193/start")).status_code == 403


async def test_nobody_decides_their_own_proposal_or_their_own_family(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    code = await births.file_case(world, mother, "Trần Khuê Nhà")
    await births.handle(world, code)
    account, family = world.account("chairperson"), world.account("father")
    async with world.desk.pool.acquire() as connection:
        await connection.execute("SET ROLE dinh_system")
        person, relative = await world.person(account), await world.person(family)
        sql = "UPDATE cases.proposal p SET person = $2 FROM cases.case c WHERE c.id = p.case_id AND c.code = $1"
        await connection.execute(sql, code, person)
        await connection.execute("RESET ROLE")
    chair = await world.sign_in(account)
    own = await chair.post(f"/desk/{code}/decide", {"outcome": "approve", "factor": "000000"})
    assert (own.status_code, "Người đề xuất không được quyết định" in own.text) == (403, True)
    async with world.desk.pool.acquire() as connection:
        await connection.execute("SET ROLE dinh_system")
        sql = "UPDATE cases.proposal p SET person = $2 FROM cases.case c WHERE c.id = p.case_id AND c.code = $1"
        await connection.execute(sql, code, "someone-else")
        await connection.execute("UPDATE offices.holder SET person = $2 WHERE person = $1", person, relative)
        await connection.execute("RESET ROLE")
    try:
        father = await world.sign_in(family, world.desk)
        kin = await father.post(f"/desk/{code}/decide", {"outcome": "approve", "factor": "000000"})
        assert (kin.status_code, "Bạn là người thân" in kin.text) == (403, True)
    finally:
        async with world.desk.pool.acquire() as connection:
            await connection.execute("UPDATE offices.holder SET person = $1 WHERE person = $2", person, relative)


async def test_a_wrong_factor_decides_nothing(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    code = await births.file_case(world, mother, "Trần Khuê Mã")
    await births.handle(world, code)
    chair = await world.sign_in(world.account("chairperson"))
    response = await chair.post(f"/desk/{code}/decide", {"outcome": "approve", "factor": "000000"})
    assert (response.status_code, "Mã chưa đúng" in response.text) == (422, True)
    await world.settle()
    assert "Hồ sơ đang ở" in (await mother.get(f"/cases/{code}")).text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("giay.pdf", b"MZ\x90\x00 not a pdf", "Tệp phải là PDF, PNG hoặc JPEG"),
        ("anh.png", b"<script>alert(1)</script>", "Tệp phải là PDF, PNG hoặc JPEG"),
        ("rong.pdf", b"%PDF-1.4 without an end", "Tệp phải là PDF, PNG hoặc JPEG"),
    ],
)
async def test_a_disguised_file_is_refused_and_the_rest_is_kept(world: World, name: str, content: bytes, words: str) -> None:
    mother = await world.sign_in(world.account("mother"))
    draft = await births.start(mother)
    page = await mother.post(f"{draft}/where", {"unit": "11311"}, files={"birth_notice": (name, content, "application/pdf")})
    assert page.status_code == 422
    assert words in page.text
    assert '<option value="11311" selected>' in (await mother.get(f"{draft}/where")).text


async def test_an_oversized_file_is_refused(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    draft = await births.start(mother)
    huge = PDF + b"0" * files.LIMIT
    page = await mother.post(f"{draft}/where", {"unit": "11311"}, files={"birth_notice": ("a.pdf", huge, "application/pdf")})
    assert (page.status_code, "lớn hơn 5 MB" in page.text) == (422, True)
    assert '<option value="11311" selected>' in page.text


@pytest.mark.parametrize("name", ["Trần\x00Bé", "Trần\u202eBé", "Trần\u200bBé"])
async def test_a_name_with_a_hidden_character_is_refused(world: World, name: str) -> None:
    mother = await world.sign_in(world.account("mother"))
    draft = await births.start(mother)
    page = await mother.post(f"{draft}/child", births.answers(world, name)["child"])
    assert (page.status_code, "ký tự không hợp lệ" in page.text) == (422, True)


async def test_a_unit_that_handles_no_cases_is_refused_at_submission(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    draft = await births.fill_in(world, mother, "Trần Khuê Nơi")
    await mother.post(f"{draft}/where", {"unit": "00004"})
    page = await mother.post(f"{draft}/review")
    assert (page.status_code, "Chọn một xã, phường trong danh sách" in page.text) == (422, True)


@pytest.mark.parametrize(
    "path", ["/cases/%00", "/desk/%00", "/verify/%00", "/search?q=%00", "/services/%00", "/authorize?client_id=%00&response_type=code"]
)
async def test_odd_bytes_in_an_address_are_no_fault_of_ours(world: World, path: str) -> None:
    for role in ("mother", "registrar"):
        visitor = await world.sign_in(world.account(role))
        assert (await visitor.get(path)).status_code < 500


async def test_a_right_password_is_never_counted_against_its_owner(world: World) -> None:
    await world.forgive()
    account = world.account("mother")
    for _ in range(7):
        visitor = world.visitor(world.portal)
        await visitor.get("/sign-in")
        visitor.anchor = visitor.http.cookies["dinh_visitor"]
        response = await visitor.post("/sign-in", {"number": account.username, "password": account.password, "next": "/"}, follow=False)
        assert response.status_code == 303


async def test_the_machine_api_makes_one_case_of_one_request(world: World) -> None:
    registrar = await world.sign_in(world.account("registrar"))
    person = await world.person(world.account("mother"))
    answers = {
        "relation": "mother", "married": "no", "applicant_name": "A B", "applicant_number": "031190000001", "applicant_address": "Số 1",
        "child_name": "Trần Khuê Quầy", "child_sex": "female", "child_birth_date": "2026-11-03", "child_birth_place": "Hải Phòng",
        "child_ethnicity": "Kinh", "child_nationality": "Việt Nam", "child_origin": "Hải Phòng", "father_unknown": "yes", "unit": "11383",
    }  # fmt: skip
    body = {"procedure": "1.001193", "applicant": person, "answers": answers, "request_id": str(uuid4())}
    first, second = await registrar.api("/api/cases/v1/cases", body), await registrar.api("/api/cases/v1/cases", body)
    assert (first.status_code, second.json()["code"]) == (201, first.json()["code"])
    wrong = await registrar.api("/api/cases/v1/cases", {**body, "request_id": None, "answers": {**answers, "unit": "11311", "child_sex": "x"}})
    assert wrong.status_code == 422
    assert {error["field"] for error in wrong.json()["errors"]} == {"child_sex", "unit"}


async def test_one_communes_message_about_anothers_case_is_refused(world: World) -> None:
    """The member's right is bound to its unit."""
    from dinh.cases import follow_progress
    from dinh.exchange import Question
    from dinh.kernel.caller import system
    from dinh.kernel.errors import NotAllowed

    told = {"application": str(uuid4()), "unit": "11383", "at": "2026-11-20T00:00:00+00:00", "due_on": "2026-11-20"}
    question = Question(service="cases.progress", client="H24.101", provider="G22", purpose="settle", body=told)
    async with world.portal.write(system("test")) as tx:
        with pytest.raises(NotAllowed):
            await follow_progress(tx, system("test"), question)


async def test_a_full_disk_refuses_the_file_and_keeps_the_words(world: World) -> None:
    """A file system of 64 KiB stands where the node keeps its files."""
    folder = world.portal.home / "files"
    folder.mkdir(parents=True, exist_ok=True)
    mounted = os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=False).returncode == 0
    if not mounted:
        pytest.skip("mounting a small file system needs root")
    try:
        mother = await world.sign_in(world.account("mother"))
        draft = await births.start(mother)
        large = b"%PDF-1.4\n" + os.urandom(200_000) + b"\n%%EOF"
        page = await mother.post(f"{draft}/where", {"unit": "11383"}, files={"birth_notice": ("a.pdf", large, "application/pdf")})
        assert (page.status_code, "hết chỗ lưu tệp" in page.text) == (422, True)
        assert '<option value="11383" selected>' in page.text
        assert not list(folder.rglob("*.partial"))
    finally:
        subprocess.run(["umount", folder], check=True)


async def test_pages_that_do_not_exist_and_wrong_methods_have_bilingual_pages_and_problems(world: World) -> None:
    visitor, english = world.visitor(world.portal), world.visitor(world.portal, "en")
    assert "Không tìm thấy" in (await visitor.get("/khong-co")).text
    missing = await english.get("/nothing")
    assert (missing.status_code, "could not find" in missing.text) == (404, True)
    assert (await visitor.http.delete("/verify")).status_code == 405
    problem = await english.get("/api/cases/v1/nothing")
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["status"] == 404


async def test_security_headers_stand_on_every_answer(world: World) -> None:
    for path in ("/", "/nothing", "/documents", "/assets/none.css", "/healthz"):
        headers = (await world.visitor(world.portal).get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"]
