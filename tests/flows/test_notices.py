"""A person is told, on the site and where they want: people confirm addresses, leave, and strangers try."""

import asyncio
import re
from datetime import date, timedelta

import pytest

from dinh.notices import Senders, read_spine
from tests.flows import births
from tests.flows.post import CODE, OPEN, TITLE, Case, PostOffice, as_system, confirm_email, deliveries, html_of, reader, stored, text_of
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
UNREAD = re.compile(r'href="/notices"[^>]*>Thông báo(?: \((\d+\+?)<)?')


# In the application


async def test_a_birth_is_told_step_by_step_and_by_mail(world: World, office: PostOffice) -> None:
    mother = await world.sign_in(world.account("mother"))
    await confirm_email(world, mother, office, "mother@mail.example")
    code = await births.register_birth(world, mother, "Trần Khuê Báo")
    await world.settle()
    page = (await mother.get("/notices")).text
    for words in (f"Hồ sơ {code} đã được tiếp nhận", f"Hồ sơ {code} đã có kết quả", "Kho giấy tờ của bạn có giấy tờ mới"):
        assert words in page
    letters = {letter["subject"]: letter for letter in office.to("mother@mail.example")}
    received = letters[f"Hồ sơ {code} đã được tiếp nhận"]
    assert f"{world.portal.origin}/cases/{code}" in text_of(received)
    assert "Ngày hẹn trả kết quả:" in text_of(received)
    assert f"Hồ sơ {code} đã có kết quả" in letters
    account = world.account("mother")
    assert not [
        word for letter in office.letters for word in (account.name, account.username, "Khuê Báo") if word in text_of(letter) + html_of(letter)
    ]
    count = len(office.letters)
    await world.settle()
    assert len(office.letters) == count
    await mother.post("/notices/settings/email/remove")


async def test_what_the_desk_does_is_told_to_the_applicant(world: World) -> None:
    """The turns themselves, not what a test says of them: an apology with its day, a request for papers."""
    mother, registrar = await world.sign_in(world.account("mother")), await world.sign_in(world.account("registrar"))
    code = await births.file_case(world, mother, "Trần Khuê Hẹn")
    reason = {"reason": "Ảnh bị mờ", "reference": "60/2014/QH13"}
    promised = date.today() + timedelta(days=35)
    while promised.weekday() > 4 or (promised.month, promised.day) == (1, 1):
        promised += timedelta(days=1)
    for turn, typed in (
        ("accept", {}),
        ("apologise", {"promised_on": promised.isoformat(), **reason}),
        ("supplement", {"field.birth_notice": "yes", **reason}),
    ):
        response = await registrar.post(f"/desk/{code}/{turn}", typed)
        assert response.status_code == 200, (turn, response.text)
        await world.settle()
    told = [title for title in TITLE.findall((await mother.get("/notices")).text) if code in title]
    assert told == [f"Hồ sơ {code} đang chờ bạn bổ sung", f"Hồ sơ {code} được hẹn lại ngày trả kết quả", f"Hồ sơ {code} đã được tiếp nhận"]
    assert f"{promised:%d/%m/%Y}" in (await mother.get("/notices")).text


async def test_each_turn_is_told_once_and_a_new_day_only_when_it_is_new(world: World) -> None:
    someone = await reader(world)
    case = Case(world, someone.person)
    await case.told("received", date(2026, 12, 2))
    await case.told("processing", date(2026, 12, 2))
    await world.settle()
    page = (await someone.get("/notices")).text
    assert (TITLE.findall(page), page.count("thứ Tư, 02/12/2026")) == ([f"Hồ sơ {case.code} đã được tiếp nhận"], 1)
    await case.told("processing", date(2026, 12, 9))
    await case.told("processing", date(2026, 12, 9))
    await case.told("supplement", date(2026, 12, 9))
    await world.settle()
    await world.settle()
    page = (await someone.get("/notices")).text
    assert (len(TITLE.findall(page)), page.count("thứ Tư, 09/12/2026")) == (3, 1)
    assert (TITLE.findall(page)[0], page.count(">Đang chờ bạn<")) == (f"Hồ sơ {case.code} đang chờ bạn bổ sung", 1)
    for state, words in (
        ("rejected", "không được chấp thuận"),
        ("stopped", "đã dừng giải quyết"),
        ("withdrawal", "đã được rút"),
        ("returned", "đã có kết quả"),
    ):
        await case.told(state, date(2026, 12, 9))
        await world.settle()
        assert words in TITLE.findall((await someone.get("/notices")).text)[0]
    assert await deliveries(world, someone.person) == []


async def test_reading_again_tells_nobody_twice_and_nothing_else(world: World) -> None:
    await world.settle()
    start = (await as_system(world, "SELECT position FROM kernel.reader WHERE name = 'notices'"))[0]["position"]
    someone = await reader(world)
    case = Case(world, someone.person)
    for state, due in (("submitted", 2), ("processing", 2), ("processing", 9), ("returned", 9)):
        await case.told(state, date(2026, 12, due))
    await world.settle()
    before = await as_system(world, "SELECT id FROM notices.notice ORDER BY id")
    assert len(TITLE.findall((await someone.get("/notices")).text)) == 3
    await as_system(world, "UPDATE kernel.reader SET position = $1 WHERE name = 'notices'", start)
    await asyncio.gather(*(_until_read(world) for _ in range(2)))
    assert await as_system(world, "SELECT id FROM notices.notice ORDER BY id") == before


async def _until_read(world: World) -> None:
    while await read_spine(world.portal):
        pass


async def test_the_header_counts_what_is_unread_and_reading_lowers_it(world: World) -> None:
    someone = await reader(world)
    assert UNREAD.findall((await someone.get("/applications")).text) == [""]
    for _ in range(3):
        await Case(world, someone.person).told("received")
    await world.settle()
    page = (await someone.get("/notices")).text
    assert UNREAD.findall(page) == ["3"]
    assert page.count(">Mới<") == 3
    first, second, _third = OPEN.findall(page)
    opened = await someone.get(first)
    assert (opened.status_code, opened.headers["location"].startswith("/cases/H24.168-")) == (303, True)
    assert UNREAD.findall((await someone.get("/applications")).text) == ["2"]
    await someone.post(f"{second}/read")
    page = (await someone.get("/notices")).text
    assert (UNREAD.findall(page), page.count(">Mới<")) == (["1"], 1)
    assert OPEN.findall(page)[0] not in {first, second}, "the unread one comes first"
    await someone.post("/notices/read")
    page = (await someone.get("/notices")).text
    assert (UNREAD.findall(page), page.count(">Mới<"), "Bạn đã đọc hết" in page) == ([""], 0, True)


async def test_more_than_a_page_and_more_than_a_hundred(world: World) -> None:
    someone = await reader(world)
    for _ in range(101):
        await Case(world, someone.person).told("received")
    await world.settle()
    page = (await someone.get("/notices")).text
    assert UNREAD.findall(page) == ["99+"]
    seen: set[str] = set()
    for number in range(1, 5):
        seen |= set(OPEN.findall((await someone.get("/notices", params={"page": str(number)})).text))
    assert len(seen) == 101
    for odd in ("0", "-1", "x", "9" * 30, "٣"):
        assert (await someone.get("/notices", params={"page": odd})).status_code == 200


async def test_a_stranger_finds_nothing_and_counts_nothing(world: World) -> None:
    someone, stranger = await reader(world), await reader(world)
    await Case(world, someone.person).told("received")
    await world.settle()
    notice = OPEN.findall((await someone.get("/notices")).text)[0]
    assert (await stranger.get(notice)).status_code == 404
    assert (await stranger.post(f"{notice}/read")).status_code == 404
    await stranger.post("/notices/read")
    assert UNREAD.findall((await someone.get("/applications")).text) == ["1"]
    public = world.visitor(world.portal)
    assert (await public.get("/notices")).status_code == 303
    assert "Thông báo" not in (await public.get("/")).text.split("</header>")[0] or UNREAD.findall((await public.get("/")).text) == [""]
    async with world.portal.pool.acquire() as connection, connection.transaction():
        await connection.execute(f"SET LOCAL dinh.person = '{stranger.person}'")
        for table in ("notice", "contact", "proposal", "delivery"):
            assert await connection.fetchval(f"SELECT count(*) FROM notices.{table} WHERE person <> $1", stranger.person) == 0


async def test_signing_in_is_told_on_the_site_only_and_is_not_counted(world: World, office: PostOffice) -> None:
    account = world.account("father")
    father = world.visitor(world.portal)
    await confirm_email(world, await world.sign_in(account), office, "father@mail.example")
    # What other tests had told him.
    await world.settle()
    await (await world.sign_in(account)).post("/notices/read")
    before = len(office.letters)
    await world.forgive()
    await father.get("/sign-in")
    father.anchor = father.http.cookies["dinh_visitor"]
    await father.post("/sign-in", {"number": account.username, "password": account.password, "next": "/"})
    await father.post("/sign-in/code", {"code": await world.code(account)})
    await world.settle()
    page = await (await world.sign_in(account)).get("/notices")
    assert "Đăng nhập vào tài khoản của bạn" in page.text
    assert UNREAD.findall(page.text) == [""]
    assert len(office.letters) == before
    await (await world.sign_in(account)).post("/notices/settings/email/remove")


# Addresses


async def test_an_address_is_confirmed_by_a_code_and_nothing_personal_lies_open(world: World, office: PostOffice) -> None:
    someone, address = await reader(world, "en"), "someone.rather.unusual@mail.example"
    await Case(world, someone.person).told("received")
    await someone.post("/notices/settings/email/code", {"email": address})
    await world.settle()
    assert [letter["subject"] for letter in office.to(address)] == ["The code for your e-mail address"], "a notice goes to no address without a code"
    code = CODE.findall(text_of(office.to(address)[0]))[0]
    assert code in html_of(office.to(address)[0])
    kept = await stored(world)
    assert address.encode() not in kept
    assert b"unusual" not in kept
    page = await someone.post("/notices/settings/email/confirm", {"email-code": f" {code[:3]} {code[3:]} "})
    assert "Notices about your cases are sent here." in page.text
    case = Case(world, someone.person)
    await case.told("received")
    await world.settle()
    letter = office.to(address)[-1]
    assert letter["subject"] == f"Case {case.code} has been received"
    assert (letter["content-language"], letter["auto-submitted"]) == ("en", "auto-generated")
    assert (letter["from"].addresses[0].addr_spec, letter["reply-to"]) == ("no-reply@portal.example", "no-reply@portal.example")
    assert (letter["message-id"].endswith("@portal.example>"), letter["date"].datetime.tzinfo is not None) == (True, True)
    assert f'href="{world.portal.origin}/cases/{case.code}"' in html_of(letter)
    assert "Wednesday 2 December 2026" in text_of(letter)
    await someone.post("/notices/settings/language", {"language": "vi"})
    await Case(world, someone.person).told("received")
    await world.settle()
    assert office.to(address)[-1]["subject"].endswith("đã được tiếp nhận")


async def test_five_wrong_codes_end_a_code_and_the_right_one_comes_too_late(world: World, office: PostOffice) -> None:
    someone = await reader(world)
    await someone.post("/notices/settings/email/code", {"email": "wrong@mail.example"})
    await world.settle()
    code = CODE.findall(text_of(office.to("wrong@mail.example")[0]))[0]
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for attempt in range(5):
        answer = await someone.post("/notices/settings/email/confirm", {"email-code": wrong})
        assert answer.status_code == 422
        assert ("Mã chưa đúng" in answer.text) is (attempt < 4)
    late = await someone.post("/notices/settings/email/confirm", {"email-code": code})
    assert (late.status_code, "không dùng được nữa" in late.text) == (422, True)
    assert "Thông báo về hồ sơ được gửi đến đây" not in (await someone.get("/notices/settings")).text
    await someone.post("/notices/settings/email/code", {"email": "wrong@mail.example"})
    await world.settle()
    again = CODE.findall(text_of(office.to("wrong@mail.example")[-1]))[0]
    stranger = await reader(world)
    assert (await stranger.post("/notices/settings/email/confirm", {"email-code": again})).status_code == 422, (
        "a code is worth something to its person only"
    )
    assert (await someone.post("/notices/settings/email/confirm", {"email-code": again})).status_code == 200


async def test_codes_cannot_flood_a_person_or_an_address(world: World, office: PostOffice) -> None:
    someone, flooded = await reader(world), "flooded@mail.example"
    statuses = [(await someone.post("/notices/settings/email/code", {"email": flooded})).status_code for _ in range(7)]
    assert statuses == [200] * 5 + [429, 429]
    others = [await reader(world) for _ in range(2)]
    statuses = [(await other.post("/notices/settings/email/code", {"email": flooded.upper()})).status_code for other in others for _ in range(4)]
    assert statuses == [200] * 5 + [429] * 3
    await world.settle()
    assert len(office.to(flooded)) <= 10


async def test_what_is_no_address_is_told_beside_the_field_and_kept(world: World, office: PostOffice) -> None:
    someone = await reader(world)
    for typed in ("nobody", "a@b.example\r\nBcc: c@d.example", "a@b.example,c@d.example", "x" * 400):
        answer = await someone.post("/notices/settings/email/code", {"email": typed})
        assert (answer.status_code, "Nhập địa chỉ e-mail" in answer.text) == (422, True)
    assert 'value="nobody"' in (await someone.post("/notices/settings/email/code", {"email": "nobody"})).text
    assert (await someone.post("/notices/settings/pigeon/code", {"pigeon": "a"})).status_code == 404
    assert (await someone.post("/notices/settings/language", {"language": "tlh"})).status_code == 422


async def test_a_channel_that_is_not_set_up_says_so_and_takes_nothing(world: World) -> None:
    before = world.portal.part(Senders)
    world.portal.plug(Senders, Senders())
    try:
        someone = await reader(world)
        page = (await someone.get("/notices/settings")).text
        assert "Hệ thống này chưa gửi e-mail" in page
        assert "Hệ thống này chưa gửi tin nhắn" in page
        assert 'name="email"' not in page
        assert (await someone.post("/notices/settings/email/code", {"email": "a@mail.example"})).status_code == 422
        await Case(world, someone.person).told("received")
        await world.settle()
        assert "đã được tiếp nhận" in (await someone.get("/notices")).text
    finally:
        world.portal.plug(Senders, before)


async def test_leaving_works_without_signing_in_in_one_click_and_twice(world: World, office: PostOffice) -> None:
    someone, address = await reader(world), "leaver@mail.example"
    await confirm_email(world, someone, office, address)
    await Case(world, someone.person).told("received")
    await world.settle()
    letter = office.to(address)[-1]
    assert letter["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    link = letter["list-unsubscribe"].strip("<>")
    assert link in text_of(letter)
    assert "list-unsubscribe" not in office.to(address)[0], "a code has nothing to leave"
    public, count = world.visitor(world.portal), len(office.letters)
    path = link.removeprefix(world.portal.origin)
    looked = await public.get(path)
    assert "Ngừng gửi e-mail" in looked.text
    assert address not in looked.text
    for _ in range(2):
        done = await public.http.post(path, content="List-Unsubscribe=One-Click", headers={"content-type": "application/x-www-form-urlencoded"})
        assert (done.status_code, "sẽ không nhận e-mail" in done.text) == (200, True)
    await Case(world, someone.person).told("received")
    await world.settle()
    assert len(office.letters) == count
    assert "Bạn đã tắt" in (await someone.get("/notices/settings")).text
    assert (await public.http.post("/notices/leave/" + "a" * 43)).status_code == 404
    await someone.post("/notices/settings/email/choose", {"wanted": "yes"})
    await Case(world, someone.person).told("received")
    await world.settle()
    assert len(office.letters) == count + 1


async def test_a_new_address_takes_the_place_of_the_old_one_only_once_it_is_confirmed(world: World, office: PostOffice) -> None:
    someone = await reader(world)
    await confirm_email(world, someone, office, "old@mail.example")
    await someone.post("/notices/settings/email/code", {"email": "new@mail.example"})
    await Case(world, someone.person).told("received")
    await world.settle()
    assert office.to("old@mail.example")[-1]["subject"].endswith("đã được tiếp nhận")
    await confirm_email(world, someone, office, "new@mail.example")
    await Case(world, someone.person).told("received")
    await world.settle()
    assert (len(office.to("old@mail.example")), office.to("new@mail.example")[-1]["subject"].endswith("đã được tiếp nhận")) == (2, True)
    await someone.post("/notices/settings/email/remove")
    assert "new@mail.example" not in (await someone.get("/notices/settings")).text
