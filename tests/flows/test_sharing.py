"""Sharing a document by purpose and expiry: what its holder sees, what the owner sees, and how it ends."""

import asyncio
import base64
from uuid import uuid4

import pytest

from tests.flows.warehouse import DESKTOP, deposited, id_of, lend, link_of, name_of, owner_of_nothing, public, rows, signed_paper
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_share_opens_for_its_holder_and_every_opening_is_shown_to_the_owner(world: World) -> None:
    owner, person = await owner_of_nothing(world)
    case = await deposited(world, person)
    made = await lend(owner, await id_of(world, case))
    assert made.url.path.startswith("/documents/shares/")
    assert "data:image/svg+xml" in made.text
    link = link_of(made)
    page = await public(world, link)
    for words in ("Giấy khai sinh", "Ủy ban nhân dân phường Lê Chân", "Giấy tờ này hợp lệ", "Nhập học", "Còn hiệu lực"):
        assert words in page.text, words
    for secret in ("Trường Tiểu học", await name_of(world, person), case, person):
        assert secret not in page.text, secret
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]
    paper = await public(world, f"{link}/file", DESKTOP)
    assert paper.content == await signed_paper(world)
    assert paper.headers["referrer-policy"] == "no-referrer"
    english = await public(world, link, language="en")
    assert "A document shared with you" in english.text

    seen = (await owner.get(made.url.path)).text
    assert seen.count("xem thông tin, điện thoại 1") == 2
    assert "mở giấy tờ, máy tính 2" in seen
    log = await owner.whole("/my-data")
    for words in ("Người có liên kết của bạn", "Giấy tờ bạn chia sẻ", "Bạn chia sẻ qua liên kết", "91/2025/QH15"):
        assert words in log, words
    kept = await rows(world, "SELECT device, reader FROM vault.opening WHERE person = $1 AND share IS NOT NULL", person)
    assert {len(row["device"]) for row in kept} == {16}  # type: ignore[arg-type]
    assert len({row["device"] for row in kept}) == 2
    types = [row["type"] for row in await rows(world, "SELECT type FROM kernel.event WHERE subject = $1 AND type LIKE 'vault:%'", person)]
    assert types.count("vault:document:shared") == 1
    assert types.count("vault:share:opened") == 3


async def test_the_database_holds_neither_the_link_nor_the_recipient(world: World) -> None:
    owner, person = await owner_of_nothing(world)
    link = link_of(
        await lend(owner, await id_of(world, await deposited(world, person)), purpose="other", other="Vay tiền bà Năm", recipient="Bà Năm")
    )
    assert "Vay tiền bà Năm" in (await public(world, link)).text
    await world.settle()
    events = await rows(world, "SELECT convert_from(payload, 'UTF8') AS kept FROM kernel.event WHERE subject = $1", person)
    shares = await rows(world, "SELECT * FROM vault.share WHERE person = $1", person)
    everything = f"{events} {shares}"
    token = link.rsplit("/", 1)[1]
    for secret in (token, base64.urlsafe_b64decode(token + "=").hex(), "Bà Năm", "bà Năm", "Vay tiền"):
        assert secret not in everything


async def _ended(world: World, link: str, secret: str) -> None:
    """One page, 410, and nothing of what was behind it."""
    for path in (link, f"{link}/file"):
        for language, words in (("vi", "Liên kết này không mở được"), ("en", "This link does not open anything")):
            gone = await public(world, path, language=language)
            assert (gone.status_code, words in gone.text) == (410, True)
            for revealing in ("Giấy khai sinh", "Birth certificate", "Ủy ban nhân dân", "Nhập học", secret):
                assert revealing not in gone.text
            assert gone.headers["referrer-policy"] == "no-referrer"


async def test_a_link_that_was_taken_back_expired_or_used_up_opens_nothing_again(world: World) -> None:
    owner, person = await owner_of_nothing(world)
    case = await deposited(world, person)
    document = await id_of(world, case)
    revoked, expired, used = await lend(owner, document), await lend(owner, document), await lend(owner, document, views="1")
    links = [link_of(page) for page in (revoked, expired, used)]
    assert [(await public(world, link)).status_code for link in links] == [200, 200, 200]

    assert "Bạn đã thu hồi liên kết này" in (await owner.post(f"{revoked.url.path}/revoke")).text
    assert (await owner.post(f"{revoked.url.path}/revoke")).status_code == 200
    await rows(world, "UPDATE vault.share SET until = now() - interval '1 second' WHERE id = $1::text::uuid RETURNING id", expired.url.path[-36:])
    assert "Giấy tờ còn được mở 1 lần" in (await public(world, links[2])).text
    assert (await public(world, f"{links[2]}/file")).status_code == 200
    for link in links:
        await _ended(world, link, case)
    page = (await owner.get("/documents/shares")).text
    for words in ("Không có liên kết nào đang mở", "Đã thu hồi", "Hết hạn", "Hết lượt"):
        assert words in page, words
    # The page of a share that ended shows no link, and cannot bring it back.
    assert "/shared/" not in (await owner.get(revoked.url.path)).text
    again = await owner.post(f"/documents/{document}/share", {"share": revoked.url.path[-36:], "purpose": "school", "recipient": "A", "days": "90"})
    assert "Bạn đã thu hồi liên kết này" in again.text
    await _ended(world, links[0], case)


async def test_ten_readers_at_once_get_no_more_than_the_owner_allowed(world: World) -> None:
    owner, person = await owner_of_nothing(world)
    link = link_of(await lend(owner, await id_of(world, await deposited(world, person)), views="3"))
    answers = await asyncio.gather(*(public(world, f"{link}/file") for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [410] * 7
    assert len(await rows(world, "SELECT 1 FROM vault.opening WHERE person = $1 AND what = 'file'", person)) == 3


async def test_whoever_only_asks_whether_a_link_opens_uses_up_nothing_and_learns_nothing(world: World) -> None:
    owner, person = await owner_of_nothing(world)
    made = await lend(owner, await id_of(world, await deposited(world, person)), views="1")
    link, visitor = link_of(made), world.visitor(world.portal)
    for path, kind in ((link, "text/html"), (f"{link}/file", "application/pdf")):
        looked = await visitor.http.head(path)
        assert (looked.status_code, looked.headers["content-type"].partition(";")[0], looked.content) == (200, kind, b"")
        assert "content-disposition" not in looked.headers
        assert looked.headers["referrer-policy"] == "no-referrer"
    assert await rows(world, "SELECT 1 FROM vault.opening WHERE person = $1", person) == []
    assert (await public(world, f"{link}/file")).status_code == 200, "the one view is still there"
    assert (await visitor.http.head(f"{link}/file")).status_code == 410
    assert (await visitor.http.head("/shared/none/file")).status_code == 404


async def test_two_presses_make_one_share(world: World) -> None:
    owner, person = await owner_of_nothing(world)
    document, share = await id_of(world, await deposited(world, person)), str(uuid4())
    pages = await asyncio.gather(*(lend(owner, document, share=share) for _ in range(3)))
    assert len({link_of(page) for page in pages}) == 1
    assert len(await rows(world, "SELECT 1 FROM vault.share WHERE person = $1", person)) == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"purpose": ""}, "Chọn một"),
        ({"purpose": "spying"}, "trong danh sách"),
        ({"purpose": "other", "other": ""}, "Nhập"),
        ({"recipient": ""}, "Nhập"),
        ({"recipient": "A\u202eB"}, "ký tự"),
        ({"recipient": "x" * 121}, "quá dài"),
        ({"days": "3650"}, "trong danh sách"),
        ({"days": ""}, "Chọn một"),
        ({"views": "0"}, "Nhập một số từ 1 đến 100"),
        ({"views": "101"}, "Nhập một số từ 1 đến 100"),
        ({"views": "nhiều"}, "Nhập một số từ 1 đến 100"),
    ],
)
async def test_a_share_that_cannot_be_is_explained_and_what_was_typed_stays(world: World, typed: dict[str, str], words: str) -> None:
    owner, person = await owner_of_nothing(world)
    document = await id_of(world, await deposited(world, person))
    page = await lend(owner, document, **typed)
    assert (page.status_code, words in page.text) == (422, True), page.text
    assert "Lỗi" in page.text or "lỗi" in page.text
    if "recipient" not in typed:
        assert 'value="Trường Tiểu học Lê Chân"' in page.text
    assert not await rows(world, "SELECT 1 FROM vault.share WHERE person = $1", person)


async def test_every_address_of_another_person_is_not_found_and_changes_nothing(world: World) -> None:
    owner, person = await owner_of_nothing(world)
    document = await id_of(world, await deposited(world, person))
    made = await lend(owner, document)
    share = made.url.path[-36:]
    for role in ("father", "registrar", "chairperson"):
        thief = await world.sign_in(world.account(role), world.portal)
        for path in ("", "/file", "/sheet", "/share"):
            assert (await thief.get(f"/documents/{document}{path}")).status_code == 404, path
        assert (await thief.get(f"/documents/shares/{share}")).status_code == 404
        assert (await thief.post(f"/documents/shares/{share}/revoke")).status_code == 404
        assert (await lend(thief, document)).status_code == 404
        assert (await lend(thief, document, share=share)).status_code == 404
        assert document not in (await thief.get("/documents")).text
        assert share not in (await thief.get("/documents/shares")).text
    for odd in ("x", "%00", "../documents", str(uuid4())):
        assert (await owner.get(f"/documents/shares/{odd}")).status_code == 404
    for odd in ("x", "%00", "x" * 43, str(uuid4())):
        assert (await public(world, f"/shared/{odd}")).status_code == 404
        assert (await public(world, f"/shared/{odd}/file")).status_code == 404
    nobody = world.visitor(world.portal)
    for path in (f"/documents/{document}", f"/documents/{document}/file", f"/documents/{document}/sheet", f"/documents/shares/{share}"):
        assert (await nobody.get(path)).status_code == 303
    assert (await public(world, link_of(made))).status_code == 200
    refused = await rows(world, "SELECT subject FROM kernel.event WHERE type = 'kernel:access:refused' AND subject = ANY($1)", [f"share:{share}"])
    assert refused


async def test_someone_elses_share_id_in_a_form_takes_nothing_over(world: World) -> None:
    """The id comes from the form: one that is another person's reveals nothing and stays theirs."""
    owner, person = await owner_of_nothing(world)
    made = await lend(owner, await id_of(world, await deposited(world, person)))
    thief, thief_person = await owner_of_nothing(world)
    answer = await lend(thief, await id_of(world, await deposited(world, thief_person)), share=made.url.path[-36:])
    assert answer.status_code == 404
    assert (await public(world, link_of(made))).status_code == 200
    assert (await rows(world, "SELECT person FROM vault.share WHERE id = $1::text::uuid", made.url.path[-36:])) == [{"person": person}]


async def test_a_share_of_a_document_that_is_replaced_meanwhile_says_so(world: World) -> None:
    owner, person = await owner_of_nothing(world)
    old = await deposited(world, person)
    link = link_of(await lend(owner, await id_of(world, old)))
    await deposited(world, person, replaces=old)
    page = await public(world, link)
    assert (page.status_code, "Giấy tờ này thật, nhưng đã được thay thế" in page.text) == (200, True)
