"""The document warehouse: found, replaced, proved on paper; and nobody else's."""

import base64
import hashlib
import re
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest

from dinh.exchange import Question, tell
from dinh.kernel import ids, keys
from dinh.kernel.caller import system
from dinh.trust import PaperRejected
from dinh.vault import Roots
from tests.flows.warehouse import DESKTOP, TITLE, deposited, id_of, lend, link_of, name_of, owner_of_nothing, public, rows, signed_paper, stranger
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


# Finding


async def test_documents_are_found_without_marks_with_a_wrong_letter_by_agency_code_and_year(world: World) -> None:
    owner, person = await owner_of_nothing(world)
    birth = await deposited(world, person, issued_on="2024-02-03")
    other = await deposited(world, person, title="Trích lục kết hôn", kind="marriage", agency="H24.101", case="H24.101-x")
    for text, found in (
        ("giay khai sinh", birth), ("KHAI SINH", birth), ("giay khia sinh", None), ("certificate", birth), ("certifcate", birth), ("certifciate", birth),
        ("2024", birth), ("lê chân", birth), (birth, birth), ("ket hon", other), ("kết hôn 2026", other), ("hộ chiếu", None),
    ):  # fmt: skip
        page = (await owner.get("/documents", params={"q": text})).text
        assert {code for code in (birth, other) if f'href="/cases/{code}"' in page} == ({found} if found else set()), text
    assert "Không có giấy tờ nào của bạn khớp" in (await owner.get("/documents?q=ho+chieu")).text


async def test_filters_narrow_and_an_invented_one_asks_nothing(world: World) -> None:
    owner, person = await owner_of_nothing(world, "en")
    one, two = await deposited(world, person), await deposited(world, person, kind="other", title="Other paper", agency="H24.101")
    for query, found in (
        ("kind=other", {two}), ("issuer=H24.168", {one}), ("kind=other&issuer=H24.168", set()), ("status=valid", {one, two}),
        ("kind=%27+OR+1%3D1", {one, two}), ("status=superseded", {one, two}), ("page=99999999999999999999", {one, two}), ("page=-1", {one, two}),
        ("page=%D9%A3", {one, two}), ("q=%00", set()),
    ):  # fmt: skip
        page = await owner.get(f"/documents?{query}")
        assert page.status_code == 200, query
        assert {code for code in (one, two) if f'href="/cases/{code}"' in page.text} == found, query
    assert "2 documents" in (await owner.get("/documents")).text
    assert "1 of 2 documents found" in (await owner.get("/documents?kind=other")).text


async def test_pages_of_twenty_newest_first(world: World) -> None:
    owner, person = await owner_of_nothing(world)
    codes = [await deposited(world, person, issued_on=f"2025-01-{day:02d}") for day in range(1, 24)]
    first, second = (await owner.get("/documents")).text, (await owner.get("/documents?page=2&q=khai+sinh")).text
    assert re.findall(r'href="/cases/([^"]+)"', first) == codes[:2:-1]
    assert re.findall(r'href="/cases/([^"]+)"', second) == codes[2::-1]
    assert "Trang 1/2" in first
    assert 'href="/documents?q=khai+sinh&amp;page=1"' in second
    assert "23 giấy tờ" in first


async def test_an_empty_warehouse_says_so(world: World) -> None:
    owner, _ = await owner_of_nothing(world)
    assert "Bạn chưa có giấy tờ nào" in (await owner.get("/documents")).text
    assert "Bạn chưa chia sẻ giấy tờ nào" in (await owner.get("/documents/shares")).text


async def test_a_documents_page_says_what_it_is_who_signed_and_who_opened_it(world: World) -> None:
    owner, person = await owner_of_nothing(world)
    case = await deposited(world, person)
    document = await id_of(world, case)
    await owner.get(f"/documents/{document}/file", headers=DESKTOP)
    page = (await owner.get(f"/documents/{document}")).text
    chair = world.account("chairperson").name
    for words in (
        "Giấy tờ này còn hiệu lực",
        "cả 2 chữ ký đều đúng",
        "Ủy ban nhân dân phường Lê Chân",
        chair,
        f'href="/cases/{case}"',
        "mở giấy tờ, máy tính 1",
    ):
        assert words in page, words
    english = await world.arrive(person, world.portal, "en")
    assert "This document is valid" in (await english.get(f"/documents/{document}")).text


# Taking another's place


async def test_a_new_result_takes_the_place_of_the_old_one_of_its_agency(world: World) -> None:
    owner, person = await owner_of_nothing(world)
    old = await deposited(world, person)
    new = await deposited(world, person, replaces=old)
    before, after = await id_of(world, old), await id_of(world, new)
    page = (await owner.get(f"/documents/{before}")).text
    assert "Giấy tờ này đã được thay thế ngày" in page
    assert f'href="/documents/{after}"' in page
    assert (await owner.get(f"/documents/{before}/file")).content.startswith(b"%PDF-")
    assert f"/documents/{before}/share" not in page
    assert (await owner.get(f"/documents/{before}/share")).status_code == 409
    refused = await lend(owner, before)
    assert (refused.status_code, "Giấy tờ đã được thay thế thì không chia sẻ được" in refused.text) == (409, True)
    kinds = await rows(world, "SELECT payload FROM kernel.event WHERE type = 'vault:document:superseded' AND subject = $1", person)
    assert len(kinds) == 1


async def test_the_order_of_arrival_does_not_matter(world: World) -> None:
    _, person = await owner_of_nothing(world)
    old = f"H24.168-{uuid4().hex[:12]}"
    new = await deposited(world, person, replaces=old)
    await deposited(world, person, case=old)
    states = await rows(world, "SELECT case_code, status FROM vault.document WHERE case_code = ANY($1)", [old, new])
    assert {row["case_code"]: row["status"] for row in states} == {old: "superseded", new: "valid"}


async def test_only_the_same_agency_for_the_same_person_replaces(world: World) -> None:
    """The claim is refused and recorded; the result that made it is kept beside, for it may be good."""
    _, person = await owner_of_nothing(world)
    old = await deposited(world, person)
    others = [await deposited(world, person, agency="H24.101", replaces=old), await deposited(world, await stranger(world), replaces=old)]
    # One that came first claims nothing either.
    early = f"H24.168-{uuid4().hex[:12]}"
    await deposited(world, person, agency="H24.101", replaces=early)
    await deposited(world, person, case=early)
    states = await rows(world, "SELECT status FROM vault.document WHERE case_code = ANY($1)", [old, early, *others])
    assert [row["status"] for row in states] == ["valid"] * 4
    subject = f"document:{await id_of(world, old)}"
    refused = await rows(world, "SELECT case_code FROM kernel.event WHERE type = 'vault:replacement:refused' AND subject = $1", subject)
    assert {row["case_code"] for row in refused} == set(others)


async def test_a_replacement_told_by_another_agency_has_no_effect(world: World) -> None:
    """The whole way: signed by the other agency's key and delivered."""
    owner, person = await owner_of_nothing(world)
    old, forged = await deposited(world, person), f"forged-{uuid4().hex[:8]}"
    body = {
        "person": person, "case": forged, "kind": "birth_certificate", "title": TITLE, "issued_on": "2026-11-20", "token": ids.token(),
        "pdf": base64.b64encode(await signed_paper(world)).decode(), "replaces": old,
    }  # fmt: skip
    message = Question(service="vault.deposit", client="H24.101", provider="G22", purpose="settle", body=body, case=forged)
    async with world.desk.write(system("test")) as tx:
        await tell(tx, system("test"), message, key=await keys.for_scope(tx, "case:forged"))
    await world.settle()
    states = await rows(world, "SELECT case_code, status FROM vault.document WHERE case_code = ANY($1) ORDER BY case_code", [old, forged])
    assert [(row["case_code"], row["status"]) for row in states] == sorted([(old, "valid"), (forged, "valid")])
    assert "Giấy tờ này còn hiệu lực" in (await owner.get(f"/documents/{await id_of(world, old)}")).text


async def test_the_public_check_says_when_it_was_replaced_and_names_nobody(world: World) -> None:
    owner, person = await owner_of_nothing(world)
    token = ids.token()
    old = await deposited(world, person, token=token)
    assert "Giấy tờ này hợp lệ" in (await public(world, f"/verify/{token}")).text
    await deposited(world, person, replaces=old)
    for language, words in (("vi", "Giấy tờ này thật, nhưng đã được thay thế"), ("en", "another document took its place on")):
        page = (await public(world, f"/verify/{token}", language=language)).text
        assert words in page
        assert await name_of(world, person) not in page
        assert old not in page
    assert "Giấy tờ này đã được thay thế" in (await owner.get(f"/documents/{await id_of(world, old)}")).text


# The verification sheet


async def test_the_sheet_says_who_signed_and_carries_the_document_unbroken(world: World, tmp_path: Path) -> None:
    owner, person = await owner_of_nothing(world)
    document = await id_of(world, await deposited(world, person))
    answer = await owner.get(f"/documents/{document}/sheet")
    assert answer.headers["content-type"] == "application/pdf"
    path = tmp_path / "sheet.pdf"
    path.write_bytes(answer.content)
    info = _run("pdfinfo", path)
    assert re.search(r"Title:\s+Phiếu kiểm tra giấy tờ điện tử: Giấy khai sinh", info)
    assert re.search(r"Tagged:\s+yes", info)
    for mark in (b"/Lang", b"pdfuaid:part", b"pdfaid:part"):
        assert mark in answer.content, mark
    text = _run("pdftotext", "-layout", path, "-")
    sha256 = "".join(re.findall(r"[0-9a-f]{8}\b", text.split("SHA-256:")[1].split("Chữ ký")[0]))
    assert sha256.startswith(hashlib.sha256(await signed_paper(world)).hexdigest())
    for words in (
        "Giấy tờ hợp lệ",
        "Ủy ban nhân dân phường Lê Chân",
        world.account("chairperson").name,
        "Dinh demonstration root",
        "Chứng thư số",
        "từ ",
    ):
        assert words in " ".join(text.split()), words
    _run("pdfdetach", "-saveall", "-o", tmp_path, path)
    assert [found.read_bytes() for found in tmp_path.glob("birth_certificate*.pdf")] == [await signed_paper(world)]
    token = re.findall(r"/verify/([\w-]{43})", text)[0]
    check = await public(world, f"/verify/{token}")
    assert "Giấy tờ này hợp lệ" in check.text
    again = await owner.get(f"/documents/{document}/sheet")
    assert again.status_code == 200
    assert len(await rows(world, "SELECT 1 FROM vault.link WHERE person = $1", person)) == 1
    assert not await rows(world, "SELECT 1 FROM vault.link WHERE token_hash = $1", token.encode())


async def test_the_sheet_of_a_replaced_document_says_so(world: World, tmp_path: Path) -> None:
    owner, person = await owner_of_nothing(world)
    old = await deposited(world, person)
    await deposited(world, person, replaces=old)
    path = tmp_path / "sheet.pdf"
    path.write_bytes((await owner.get(f"/documents/{await id_of(world, old)}/sheet")).content)
    assert "nhưng đã được thay thế ngày" in _run("pdftotext", "-layout", path, "-")


async def test_what_no_longer_holds_gets_no_sheet_and_its_page_says_so(world: World) -> None:
    """The roots that this node trusts change: what they signed holds no more."""
    owner, person = await owner_of_nothing(world)
    document = await id_of(world, await deposited(world, person))
    link = link_of(await lend(owner, document))
    known = world.portal.part(Roots)
    world.portal.plug(Roots, Roots())
    try:
        with pytest.raises(PaperRejected):
            await deposited(world, person)
        assert (await owner.get(f"/documents/{document}/sheet")).status_code == 409
        page = await owner.get(f"/documents/{document}")
        assert (page.status_code, "hiện không hợp lệ" in page.text) == (200, True)
        assert "Giấy tờ này không hợp lệ" in (await public(world, link)).text
    finally:
        world.portal.plug(Roots, known)


def _run(*command: object) -> str:
    return subprocess.run([str(part) for part in command], check=True, capture_output=True).stdout.decode()
