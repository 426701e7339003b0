"""A birth is registered in a digital country: the thinnest complete path, through HTTP."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.flows import births
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
DOCUMENT = re.compile(r'href="(/documents/[0-9a-f-]{36})"')


async def test_search_finds_the_procedure_with_and_without_marks_and_in_english(world: World) -> None:
    visitor = world.visitor(world.portal)
    for text in ("khai sinh", "KHAI SINH", "dang ky khai sinh", "đăng kí khai sinh", "birth", "1.001193"):
        page = await visitor.get("/search", params={"q": text})
        assert 'href="/services/1.001193"' in page.text, text
    assert "Chưa tìm thấy thủ tục nào" in (await visitor.get("/search", params={"q": "hộ chiếu"})).text


async def test_the_service_page_says_who_how_long_how_much_and_what_to_bring(world: World) -> None:
    vietnamese = await world.visitor(world.portal).get("/services/1.001193")
    for words in ("Ủy ban nhân dân cấp xã", "15 giờ", "Miễn phí", "Giấy chứng sinh", "60/2014/QH13", "chưa đối chiếu với công báo"):
        assert words in vietnamese.text
    english = await world.visitor(world.portal, "en").get("/services/1.001193")
    assert "same working day" in english.text
    assert '<html class="govuk-template" lang="en">' in english.text


async def test_a_birth_is_registered_from_the_form_to_the_warehouse(world: World, tmp_path: Path) -> None:
    mother = await world.sign_in(world.account("mother"))
    code = await births.register_birth(world, mother, "Trần Khuê An")
    assert re.fullmatch(r"H24\.168-\d{6}-\d{4}", code)

    status = await mother.get(f"/cases/{code}")
    assert "Kết quả đã có trong kho giấy tờ của bạn" in status.text

    person, birth = await _registered(world, code)
    assert re.fullmatch(r"031326\d{6}", str(person["number"]))
    assert birth["child"] == person["ref"]
    assert person["mother"] == await world.person(world.account("mother"))

    documents = (await mother.get("/documents")).text
    pdf = (await mother.get(DOCUMENT.findall(documents)[0] + "/file")).content
    await _check_paper(world, pdf, tmp_path)

    receipt = await mother.get(f"/cases/{code}/receipt")
    assert receipt.content.startswith(b"%PDF-")


async def _registered(world: World, code: str) -> tuple[dict[str, object], dict[str, object]]:
    async with world.registers.pool.acquire() as connection:
        persons = await connection.fetch("SELECT * FROM registers.person WHERE source_case = $1", code)
        found = await connection.fetch("SELECT * FROM registers.birth WHERE case_code = $1", code)
    assert (len(persons), len(found)) == (1, 1)
    return dict(persons[0]), dict(found[0])


async def _check_paper(world: World, pdf: bytes, folder: Path) -> None:
    """An independent verifier says valid and trusted; one changed byte is detected by it, by us and on the public page."""
    assert _pdfsig(world, pdf, folder) == (2, 2)
    assert b"/verify/" not in _text(pdf, folder), "the address stands in the QR code alone"
    broken = bytearray(pdf)
    broken[900] ^= 1
    assert _pdfsig(world, bytes(broken), folder)[0] == 0

    public = world.visitor(world.portal)
    await public.get("/verify")
    public.anchor = public.http.cookies["dinh_visitor"]
    good = await public.post("/verify", files={"file": ("a.pdf", pdf, "application/pdf")})
    assert "Giấy tờ này hợp lệ" in good.text
    bad = await public.post("/verify", files={"file": ("a.pdf", bytes(broken), "application/pdf")})
    assert "Giấy tờ này không hợp lệ" in bad.text


def _text(pdf: bytes, folder: Path) -> bytes:
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True)
    assert "TRẦN KHUÊ AN".encode() in done.stdout
    assert "GIẤY KHAI SINH".encode() in done.stdout
    return done.stdout


def _pdfsig(world: World, pdf: bytes, folder: Path) -> tuple[int, int]:
    """How many signatures are valid, and how many trusted, by poppler and NSS with our root alone."""
    database, path = folder / "nss", folder / "signed.pdf"
    path.write_bytes(pdf)
    if not database.exists():
        database.mkdir()
        root = world.settings.home / "trust" / "root.pem"
        for command in (["certutil", "-N", "--empty-password"], ["certutil", "-A", "-n", "root", "-t", "C,C,C", "-i", str(root)]):
            subprocess.run([*command, "-d", f"sql:{database}"], check=True, capture_output=True)
    done = subprocess.run(["pdfsig", "-nssdir", f"sql:{database}", str(path)], check=False, capture_output=True)
    return done.stdout.count(b"Signature is Valid."), done.stdout.count(b"Certificate is Trusted.")


async def test_the_printed_code_opens_a_public_page_without_personal_data(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    code = await births.register_birth(world, mother, "Trần Khuê Bình")
    token = await _token(world, code)
    page = await world.visitor(world.portal).get(f"/verify/{token}")
    assert "Giấy tờ này hợp lệ" in page.text
    assert "Ủy ban nhân dân phường Lê Chân" in page.text
    for secret in ("Khuê Bình", world.account("mother").name, world.account("chairperson").name, code):
        assert secret not in page.text
    assert (await world.visitor(world.portal).get("/verify/" + "x" * 43)).status_code == 404


async def _token(world: World, code: str) -> str:
    """What the QR code holds: read from the desk's own record of the signing step."""
    from dinh.cases.decisions.service import _load
    from dinh.kernel.caller import system

    return str((await _load(world.desk, system("test"), code)).done["paper"]["token"])


async def test_my_data_shows_each_access_with_agency_post_purpose_and_basis(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    code = await births.register_birth(world, mother, "Trần Khuê Chi")
    page = await mother.whole("/my-data")
    for words in ("Văn phòng Chính phủ", "Điền sẵn tờ khai", "Ủy ban nhân dân phường Lê Chân", "Công chức tư pháp – hộ tịch, Phường Lê Chân",
                  "Giải quyết thủ tục hành chính", "118/2025/NĐ-CP", code):  # fmt: skip
        assert words in page, words
    # Who is named along in it sees that they were looked at, and not in whose case.
    father = await (await world.sign_in(world.account("father"))).whole("/my-data")
    assert "Ủy ban nhân dân phường Lê Chân" in father
    assert code not in father


async def test_figures_are_counted_from_events(world: World) -> None:
    before = await _figures(world)
    mother = await world.sign_in(world.account("mother"))
    await births.register_birth(world, mother, "Trần Khuê Dịu")
    await births.file_case(world, mother, "Trần Khuê Giang")
    after = await _figures(world)
    assert [after[at] - before[at] for at in range(3)] == [2, 1, 1]


async def _figures(world: World) -> list[int]:
    async with world.portal.pool.acquire() as connection:
        rows = await connection.fetch("SELECT indicator, sum(value)::bigint AS value FROM indicators.cell GROUP BY indicator")
    counted = {row["indicator"]: row["value"] for row in rows}
    return [counted.get(code, 0) for code in ("received", "settled", "on_time")]


async def test_a_refusal_ends_the_case_without_touching_the_registers(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    code = await births.file_case(world, mother, "Trần Khuê Hà")
    await births.handle(world, code, "refuse")
    await births.decide(world, code, "refuse")
    await world.settle()
    assert "Hồ sơ không được chấp thuận" in (await mother.get(f"/cases/{code}")).text
    async with world.registers.pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM registers.person WHERE source_case = $1", code) == 0
