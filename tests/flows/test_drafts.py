"""Drafts: saved for any device, never written over unseen, kept when a session ends, deleted for good."""

import re
from typing import Any

import pytest

from dinh.cases import discard_old_drafts
from dinh.kernel.web.visit import SESSION
from tests.flows import births
from tests.world import Visitor, World

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEEN = re.compile(r'name="_seen" value="([0-9a-f]*)"')


def _as_browser(visitor: Visitor, language: str) -> Visitor:
    """The same person's same browser in another language."""
    other = visitor.world.visitor(visitor.node, language)
    other.http.cookies, other.anchor = visitor.http.cookies, visitor.anchor
    return other


async def test_two_devices_never_write_over_each_other_unseen(world: World) -> None:
    phone, laptop = await world.sign_in(world.account("mother")), await world.sign_in(world.account("mother"))
    draft = await births.start(phone)
    typed = births.answers(world)["child"]
    seen = {"_seen": SEEN.findall((await phone.get(f"{draft}/child")).text)[0]}
    assert (await laptop.post(f"{draft}/child", typed | seen | {"child_name": "Trần Máy Tính"})).status_code == 200
    page = await phone.post(f"{draft}/child", typed | seen | {"child_name": "Trần Điện Thoại"})
    assert page.status_code == 409
    both = page.text.split('class="dinh-both"')[1].split("</dl>")[0]
    assert "Trần Điện Thoại" in both
    assert "Trần Máy Tính" in both
    assert "Bệnh viện" not in both
    assert "Trần Máy Tính" in (await phone.get(f"{draft}/child")).text
    chosen = {"_seen": SEEN.findall(page.text)[0]}
    assert (await phone.post(f"{draft}/child", typed | chosen | {"child_name": "Trần Điện Thoại"})).status_code == 200
    assert 'value="Trần Điện Thoại"' in (await laptop.get(f"{draft}/child")).text
    same = await laptop.post(f"{draft}/child", typed | seen | {"child_name": "Trần Điện Thoại"})
    assert same.status_code == 200
    assert "Saved from" not in (await _as_browser(phone, "en").post(f"{draft}/relation", {"relation": "mother", "married": "no"})).text


async def _end_sessions(world: World, visitor: Visitor) -> None:
    """As time does."""
    async with world.portal.pool.acquire() as connection:
        await connection.execute("SET ROLE dinh_system")
        await connection.execute(
            "UPDATE identity.session SET idle_until = now() - interval '1 minute' WHERE hash = sha256($1)", visitor.anchor.encode()
        )
        await connection.execute("RESET ROLE")


async def test_words_typed_while_the_session_ended_come_back_to_their_person_only(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    draft = await births.start(mother)
    typed = births.answers(world, "Trần Khuê Giữ")["child"]
    await _end_sessions(world, mother)
    response = await mother.post(f"{draft}/child", typed, follow=False)
    assert response.status_code == 303
    assert response.headers["location"].startswith("/session/start?next=%2Fapplications%2F")
    cookie = mother.http.cookies["dinh_typed"]
    again, elsewhere, father = (
        await world.sign_in(world.account("mother")), await world.sign_in(world.account("mother")), await world.sign_in(world.account("father"))
    )  # fmt: skip
    assert "Trần Khuê Giữ" not in (await elsewhere.get(f"{draft}/child")).text
    for visitor in (again, father):
        visitor.http.cookies.set("dinh_typed", cookie)
    assert (await father.get(f"{draft}/child")).status_code == 404
    page = (await again.get(f"{draft}/child")).text
    assert 'value="Trần Khuê Giữ"' in page
    assert "Phiên đăng nhập đã hết" in page
    assert "still here" in (await _as_browser(again, "en").get(f"{draft}/child")).text
    assert "Trần Khuê Giữ" not in (await elsewhere.get(f"{draft}/child")).text
    assert (await again.post(f"{draft}/child", typed | {"_seen": SEEN.findall(page)[0]})).status_code == 200
    assert "Phiên đăng nhập đã hết" not in (await again.get(f"{draft}/child")).text
    assert 'value="Trần Khuê Giữ"' in (await elsewhere.get(f"{draft}/child")).text


async def test_nothing_is_kept_for_someone_without_a_session_of_theirs_and_nothing_for_long(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    draft = await births.start(mother)
    stranger = world.visitor(world.portal)
    await stranger.get("/")
    stranger.anchor = stranger.http.cookies["dinh_visitor"]
    assert (await stranger.post(f"{draft}/child", {"child_name": "Kẻ Lạ"}, follow=False)).status_code == 401
    await _end_sessions(world, mother)
    await mother.post(f"{draft}/child", {"child_name": "Trần Khuê Muộn"}, follow=False)
    again = await world.sign_in(world.account("mother"))
    again.http.cookies.set("dinh_typed", mother.http.cookies["dinh_typed"])
    assert "Trần Khuê Muộn" in (await again.get(f"{draft}/child")).text
    father = await world.sign_in(world.account("father"))
    await _end_sessions(world, father)
    await father.post(f"{draft}/child", {"child_name": "Kẻ Lạ"}, follow=False)
    assert "dinh_typed" not in father.http.cookies
    assert "Trần Khuê Muộn" in (await again.get(f"{draft}/child")).text, "another's ended session writes over nothing"
    await _change(world, "UPDATE cases.application SET kept_until = now() - interval '1 second' WHERE id = $1::text::uuid", draft.rsplit("/", 1)[1])
    assert "Trần Khuê Muộn" not in (await again.get(f"{draft}/child")).text
    await discard_old_drafts(world.portal)
    left = await _value(world, "SELECT kept IS NULL FROM cases.application WHERE id = $1::text::uuid", draft.rsplit("/", 1)[1])
    assert left is True


async def _change(world: World, sql: str, *values: object) -> None:
    async with world.portal.pool.acquire() as connection:
        await connection.execute("SET ROLE dinh_system")
        await connection.execute(sql, *values)
        await connection.execute("RESET ROLE")


async def _value(world: World, sql: str, *values: object) -> Any:
    async with world.portal.pool.acquire() as connection:
        await connection.execute("SET ROLE dinh_system")
        found = await connection.fetchval(sql, *values)
        await connection.execute("RESET ROLE")
        return found


async def test_drafts_are_listed_with_their_name_and_progress_and_gone_on_with_elsewhere(world: World) -> None:
    phone, laptop = await world.sign_in(world.account("mother")), await world.sign_in(world.account("mother"), language="en")
    draft = await births.start(phone)
    for name in ("relation", "you", "child"):
        await phone.post(f"{draft}/{name}", births.answers(world, "Trần Khuê Dở")[name])
    row = (await laptop.get("/applications")).text.split(f'href="{draft}"')[1].split("</li>")[0]
    for words in ("Birth registration for Trần Khuê Dở", "3 of 5 parts complete", "last saved", "kept until"):
        assert words in row
    assert "Trần Khuê Dở" in (await laptop.get("/services/1.001193/start")).text
    assert (await laptop.get(draft)).headers["location"] == f"{draft}/father"


async def test_a_draft_is_deleted_for_good_and_by_its_person_only(world: World) -> None:
    mother, father = await world.sign_in(world.account("mother")), await world.sign_in(world.account("father"))
    draft = await births.fill_in(world, mother, "Trần Bỏ Nháp")
    assert (await father.get(f"{draft}/discard")).status_code == 404
    assert (await father.post(f"{draft}/discard")).status_code == 404
    assert "Trần Bỏ Nháp" in (await mother.get(f"{draft}/discard")).text
    done = await mother.post(f"{draft}/discard")
    assert done.url.path == "/applications"
    assert "Trần Bỏ Nháp" not in done.text
    for path in (draft, f"{draft}/child", f"{draft}/review"):
        gone = await mother.get(path)
        assert gone.status_code == 404
        assert "đã được xóa" in gone.text
    assert (await mother.post(f"{draft}/child", {"child_name": "x"})).status_code == 404
    assert (await mother.post(f"{draft}/review")).status_code == 404
    reference = draft.rsplit("/", 1)[1]
    assert await _value(world, "SELECT wrapped IS NULL FROM kernel.data_key WHERE scope = $1", f"application:{reference}") is True
    sql = "SELECT payload FROM kernel.event WHERE type = 'cases:application:discarded' AND subject = $1"
    assert b'"reason":"asked"' in await _value(world, sql, reference)
    sent = await births.fill_in(world, mother, "Trần Khuê Đã Nộp")
    await mother.post(f"{sent}/review")
    assert (await mother.post(f"{sent}/discard")).status_code == 409


async def test_old_drafts_are_told_of_then_discarded(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    old, aging, young = [await births.start(mother) for _ in range(3)]
    for draft, days in ((old, 91), (aging, 84), (young, 82)):
        sql = "UPDATE cases.application SET updated_at = now() - make_interval(days => $2::int) WHERE id = $1::text::uuid"
        await _change(world, sql, draft.rsplit("/", 1)[1], days)
    while await discard_old_drafts(world.portal):
        pass
    sql = "SELECT count(*) FROM kernel.event WHERE type = $1 AND subject = $2"
    counts = {
        draft: [await _value(world, sql, f"cases:application:{name}", draft.rsplit("/", 1)[1]) for name in ("aging", "discarded")]
        for draft in (old, aging, young)
    }
    assert counts == {old: [0, 1], aging: [1, 0], young: [0, 0]}
    assert (await mother.get(f"{old}/child")).status_code == 404
    assert (await mother.get(f"{aging}/child")).status_code == 200


async def test_a_session_cookie_is_all_that_signs_in(world: World) -> None:
    """The cookie that brings typed words back opens nothing else."""
    visitor = world.visitor(world.portal)
    visitor.http.cookies.set("dinh_typed", "x" * 43)
    visitor.http.cookies.set(SESSION, "y" * 43)
    assert (await visitor.get("/applications")).status_code == 303
