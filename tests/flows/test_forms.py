"""Forms that branch, repeat, remember and forgive, through the pages as people use them."""

import re
import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from dinh.cases import catalogue_of
from dinh.cases.clocks import calendar_of, due
from dinh.kernel import clock, settings
from tests.flows import births
from tests.world import MEMORY, PDF, Visitor, World, create

pytestmark = pytest.mark.asyncio(loop_scope="session")

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0" * 40 + b"\0\0\0\0IEND\xaeB`\x82"
# Breve, circumflex, horn, the barred D, and each of the five tones, also stacked: 40 letters and spaces.
LONG_NAME = "Đặng Thị Ẩm Ưỡng Ngữ Ằng Ỷ Lồ Ọt Ễnh Ắch"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def estate() -> AsyncIterator[World]:
    """The country with one procedure more, which has everything that a form can have."""
    folder = Path(tempfile.mkdtemp(prefix="dinh-content-", dir=MEMORY))
    folder.chmod(0o755)
    shutil.copytree(settings.Settings().content / "vn", folder / "vn")
    (folder / "vn/procedures/T.1").mkdir()
    shutil.copy(Path(__file__).parent / "estate.yaml", folder / "vn/procedures/T.1/2026-01-01.yaml")
    async with create(60, content=folder) as made:
        yield made
    shutil.rmtree(folder)


async def _start(visitor: Visitor, code: str) -> str:
    response = await visitor.post(f"/services/{code}/start")
    return "/applications/" + str(response.url).split("/applications/")[1].split("/")[0]


def _as_browser(visitor: Visitor, language: str) -> Visitor:
    """The same person's same browser in another language."""
    other = visitor.world.visitor(visitor.node, language)
    other.http.cookies, other.anchor = visitor.http.cookies, visitor.anchor
    return other


BASIS = {"deceased_name": "Bùi Văn Cổ", "deceased_born-year": "1931", "basis": "will", "will_place": "Huế"}


def _errors(page: httpx.Response) -> set[str]:
    return set(re.findall(r'<li><a href="#([^"]+)"', page.text))


async def test_a_group_repeats_without_script_and_is_filed_to_the_desk(estate: World) -> None:
    heir = await estate.sign_in(estate.account("mother"))
    draft = await _start(heir, "T.1")
    assert "/heirs" in str((await heir.post(f"{draft}/basis", BASIS)).url)
    page = await heir.get(f"{draft}/heirs")
    assert page.text.count('<fieldset class="govuk-fieldset dinh-item"') == 1
    assert "Người hưởng 1" in page.text
    assert "Bỏ Người hưởng" not in page.text
    first = {"heirs.0": "", "heirs.0.name": "Bùi Thị Một", "heirs.0.sort": "person", "heirs.0.born-year": "1960", "heirs.0.born-month": "2"}
    added = await heir.post(f"{draft}/heirs", first | {"_add": "heirs"}, follow=False)
    assert added.headers["location"] == f"{draft}/heirs#heirs.1"
    await heir.post(f"{draft}/heirs", first | {"heirs.1": "", "heirs.1.name": "Hội Từ Thiện", "heirs.1.sort": "body", "_add": "heirs"})
    page = await heir.get(f"{draft}/heirs")
    for words in ('value="Bùi Thị Một"', 'value="Hội Từ Thiện"', 'name="heirs.1.tax_code"', 'name="heirs.0.born-year"', "Nhập được nhiều nhất 3 mục"):
        assert words in page.text
    assert 'name="heirs.1.born-year"' not in page.text
    removed = {
        **first,
        "heirs.1": "",
        "heirs.1.name": "Hội Từ Thiện",
        "heirs.1.sort": "body",
        "heirs.2": "",
        "heirs.2.name": "",
        "_remove": "heirs.2",
    }
    await heir.post(f"{draft}/heirs", removed)
    typed = {**first, "heirs.1": "", "heirs.1.name": "Hội Từ Thiện", "heirs.1.sort": "body", "heirs.1.tax_code": "mười"}
    page = await heir.post(f"{draft}/heirs", typed)
    assert page.status_code == 422
    assert _errors(page) == {"heirs.1.tax_code"}
    assert "Người hưởng 2: Mã số thuế" in page.text
    files = [("heirs.1.proof", ("quyet-dinh.png", PNG, "image/png"))]
    page = await heir.post(f"{draft}/heirs", typed | {"heirs.1.tax_code": "0201"}, files=files)
    assert str(page.url).endswith("/will")
    await _finish(estate, heir, draft)


async def _finish(estate: World, heir: Visitor, draft: str) -> None:
    """Several files of one field, the review, and what the desk sees of it all."""
    two = [("papers", ("trang-1.pdf", PDF, "application/pdf")), ("papers", ("trang-2.png", PNG, "image/png"))]
    await heir.post(f"{draft}/will", files=two)
    page = await heir.get(f"{draft}/will")
    assert page.text.count('name="_remove_file"') == 2
    assert "PNG 1 KB" in page.text
    await heir.post(f"{draft}/will", {"_remove_file": "papers.0"})
    assert "trang-1.pdf" not in (await heir.get(f"{draft}/will")).text
    await heir.post(f"{draft}/where", {"unit": estate.demo.units[0]})
    review = (await heir.get(f"{draft}/review")).text
    for words in ("1931", "02/1960", "Người hưởng 2", "quyet-dinh.png", "trang-2.png", "Đã thêm:</b> Di chúc", "?back=review#heirs.1.name"):
        assert words in review
    english = (await _as_browser(heir, "en").get(f"{draft}/review")).text
    assert "February 1960" in english
    assert "Heir 2" in english
    await heir.post(f"{draft}/review")
    await estate.settle()
    code = str((await heir.get(draft, follow_redirects=True)).url).rsplit("/", 1)[1]
    registrar = await estate.sign_in(estate.account(estate.demo.handler))
    desk = (await registrar.get(f"/desk/{code}")).text
    for words in ("Bùi Văn Cổ", "1931", "Bùi Thị Một", "02/1960", "Hội Từ Thiện", "0201", "Người hưởng 2: Giấy tờ"):
        assert words in desk
    for key, content in (("papers.1", PNG), ("heirs.1.proof", PNG)):
        assert (await registrar.get(f"/desk/{code}/files/{key}")).content == content
        assert (await registrar.get(f"/desk/{code}/papers/{key}")).status_code == 200
    assert (await registrar.get(f"/desk/{code}/files/papers.0")).status_code == 404
    await _answer_again(estate, heir, registrar, code)


async def _answer_again(estate: World, heir: Visitor, registrar: Visitor, code: str) -> None:
    """The agency asks for the heirs again: one goes, with what belonged to it, and the others move up."""
    await registrar.post(f"/desk/{code}/accept")
    asked = {"field.heirs": "yes", "reason": "Thiếu mã số thuế", "reference": "0"}
    assert (await registrar.post(f"/desk/{code}/supplement", asked)).status_code == 200
    await estate.settle()
    page = (await heir.get(f"/cases/{code}/answer")).text
    assert 'value="Hội Từ Thiện"' in page
    back = await heir.post(
        f"/cases/{code}/answer", {"heirs.0": "", "heirs.1.name": "Hội Từ Thiện", "heirs.1.sort": "body", "_remove": "heirs.0"}, follow=False
    )
    assert back.headers["location"] == f"/cases/{code}/answer#heirs"
    wrong = await heir.post(f"/cases/{code}/answer", {"heirs.0.name": "Hội Từ Thiện", "heirs.0.sort": "body", "heirs.0.tax_code": "x"})
    assert "Người hưởng 1: Mã số thuế" in wrong.text
    done = await heir.post(f"/cases/{code}/answer", {"heirs.0.name": "Hội Từ Thiện", "heirs.0.sort": "body", "heirs.0.tax_code": "0777"})
    assert done.status_code == 200
    await estate.settle()
    desk = (await registrar.get(f"/desk/{code}")).text
    assert "0777" in desk
    assert "Bùi Văn Cổ" in desk
    assert "Bùi Thị Một" not in desk
    assert (await registrar.get(f"/desk/{code}/files/heirs.0.proof")).content == PNG
    assert (await registrar.get(f"/desk/{code}/files/heirs.1.proof")).status_code == 404
    assert (await registrar.get(f"/desk/{code}/files/papers.1")).content == PNG


async def test_a_group_at_the_counter(estate: World) -> None:
    registrar = await estate.sign_in(estate.account(estate.demo.handler))
    began = await registrar.post("/desk/counter", {"procedure": "T.1", "number": estate.account("mother").username})
    path = began.url.path
    typed = BASIS | {"heirs.0": "", "heirs.0.name": "Bùi Quầy Một", "heirs.0.sort": "person", "heirs.0.born-year": "1990"}
    added = await registrar.post(path, typed | {"_add": "heirs"}, follow=False)
    assert added.headers["location"] == f"{path}#heirs.1"
    more = typed | {"heirs.1": "", "heirs.1.name": "Bùi Quầy Hai", "heirs.1.sort": "person", "heirs.1.born-year": "1992", "heirs.1.born-month": "5"}
    wrong = await registrar.post(path, more | {"heirs.1.sort": "", "do": "enter"})
    assert "Người hưởng 2: Là" in wrong.text
    files = [("papers", ("a.pdf", PDF, "application/pdf")), ("papers", ("b.png", PNG, "image/png"))]
    done = await registrar.post(path, more | {"do": "enter"}, files=files)
    code = re.findall(r"/desk/([^/]+)/slips", str(done.url))[0]
    desk = (await registrar.get(f"/desk/{code}")).text
    for words in ("Bùi Quầy Một", "05/1992", f"/desk/{code}/papers/papers.1"):
        assert words in desk


async def test_removing_an_item_takes_its_own_files_and_words(estate: World) -> None:
    heir = await estate.sign_in(estate.account("father"))
    draft = await _start(heir, "T.1")
    two = {"heirs.0": "", "heirs.0.name": "Đi", "heirs.0.sort": "person", "heirs.1": "", "heirs.1.name": "Ở Lại", "heirs.1.sort": "person"}
    await heir.post(f"{draft}/heirs", two | {"_add": "heirs"})
    files = [("heirs.0.proof", ("di.pdf", PDF, "application/pdf")), ("heirs.1.proof", ("o-lai.pdf", PDF, "application/pdf"))]
    await heir.post(f"{draft}/heirs", two, files=files)
    await heir.post(f"{draft}/heirs", two | {"_remove": "heirs.0"})
    page = (await heir.get(f"{draft}/heirs")).text
    assert 'value="Ở Lại"' in page
    assert "o-lai.pdf" in page
    assert "di.pdf" not in page.replace("o-lai.pdf", "")
    assert 'value="Đi"' not in page


async def test_forged_keys_indices_and_files_are_refused(estate: World) -> None:
    heir = await estate.sign_in(estate.account("mother"))
    draft = await _start(heir, "T.1")
    many = {f"heirs.{at}.name": "An" for at in range(40)} | {
        "heirs.-1.name": "x",
        "heirs.01.name": "x",
        "heirs.0.__class__": "x",
        "heirs.9999.name": "x",
    }
    page = await heir.post(f"{draft}/heirs", many)
    assert page.status_code == 422
    assert page.text.count('class="govuk-fieldset dinh-item"') == 3
    files = [("heirs.7.proof", ("x.pdf", PDF, "application/pdf")), ("deceased_name", ("x.pdf", PDF, "application/pdf"))]
    await heir.post(f"{draft}/heirs", {"heirs.0.name": "An", "heirs.0.sort": "person"}, files=files)
    assert "x.pdf" not in (await heir.get(f"{draft}/heirs")).text
    assert (await heir.post(f"{draft}/basis", {**BASIS, "deceased_born-day": "5"})).status_code == 422


async def test_what_was_answered_on_a_branch_that_was_left_is_not_sent_and_comes_back(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    draft = await births.fill_in(world, mother, "Trần Khuê Nhánh")
    father = world.account("father")
    await mother.post(f"{draft}/relation", {"relation": "mother", "married": "no"})
    assert father.name not in (await mother.get(f"{draft}/review")).text
    page = await mother.post(f"{draft}/father", {"father_unknown": "yes"})
    assert father.name not in page.text
    await mother.post(f"{draft}/relation", {"relation": "mother", "married": "yes"})
    assert f'value="{father.name}"' in (await mother.get(f"{draft}/father")).text
    await mother.post(f"{draft}/relation", {"relation": "mother", "married": "no"})
    await mother.post(f"{draft}/review")
    await world.settle()
    code = str((await mother.get(draft, follow_redirects=True)).url).rsplit("/", 1)[1]
    registrar = await world.sign_in(world.account(world.demo.handler))
    assert father.name not in (await registrar.get(f"/desk/{code}")).text


async def test_a_question_that_an_answer_brings_up_on_the_same_page_is_asked_before_it_is_missed(estate: World) -> None:
    heir = await estate.sign_in(estate.account("mother"))
    draft = await _start(heir, "T.1")
    first = {name: value for name, value in BASIS.items() if name != "will_place"}
    page = await heir.post(f"{draft}/basis", first)
    assert page.status_code == 200
    assert 'name="will_place"' in page.text
    assert "có thêm câu hỏi" in page.text
    assert not _errors(page)
    page = await heir.post(f"{draft}/basis", first | {"will_place": ""})
    assert _errors(page) == {"will_place"}


async def test_progress_counts_what_is_asked_and_says_when_that_may_change(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    draft = await births.start(mother)
    assert "Bước 1; số bước tùy câu trả lời" in (await mother.get(f"{draft}/relation")).text
    await mother.post(f"{draft}/relation", {"relation": "mother", "married": "yes"})
    numbers = []
    for name, typed in list(births.answers(world).items())[1:4]:
        numbers.append(re.search(r"Bước (\d) trên (\d)", (await mother.get(f"{draft}/{name}")).text))
        await mother.post(f"{draft}/{name}", typed)
    assert [match and match.groups() for match in numbers] == [("2", "5"), ("3", "5"), ("4", "5")]
    assert (await mother.get(f"{draft}/mother")).status_code == 303


async def test_changing_from_the_review_leads_back_to_it(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    draft = await births.fill_in(world, mother, "Trần Khuê Sửa")
    review = (await mother.get(f"{draft}/review")).text
    assert f'href="{draft}/child?back=review#child_name"' in review
    assert "03/11/2026" in review
    assert "3 November 2026" in (await _as_browser(mother, "en").get(f"{draft}/review")).text
    changed = births.answers(world, "Trần Khuê Mới")["child"]
    page = await mother.post(f"{draft}/child?back=review", changed)
    assert page.url.path == f"{draft}/review"
    assert "Trần Khuê Mới" in page.text
    page = await mother.post(f"{draft}/relation?back=review", {"relation": "mother", "married": "no"})
    assert page.url.path == f"{draft}/father"


async def test_the_service_page_answers_who_when_how_much_and_what_to_bring(world: World) -> None:
    country = world.portal.country
    day = country.local_date(clock.now())
    procedure = catalogue_of(country).on(world.procedure, day)
    deadline = procedure.deadline
    expected = due(calendar_of(country, deadline.calendar), country.local(clock.now()), deadline.days, deadline.cutoff).on
    vi, en = world.visitor(world.portal), world.visitor(world.portal, "en")
    page = (await vi.get("/services/1.001193")).text
    facts = page.split('class="dinh-facts"')[1].split("</dl>")[0]
    for words in ("Cha hoặc mẹ của trẻ", f"{expected:%d/%m/%Y}", "Miễn phí", "Hội đồng nhân dân cấp tỉnh", "Giấy chứng sinh"):
        assert words in facts
    assert "Khi bạn chọn “Tôi không có Giấy chứng sinh”" in page
    english = (await en.get("/services/1.001193")).text
    assert f"Apply now: result on {expected:%A} {expected.day} {expected:%B %Y}" in english
    assert "When “Are the parents married to each other?” is “Yes” and the registers do not show: your marriage" in english


async def test_the_service_page_tells_what_one_case_needs(world: World) -> None:
    visitor = world.visitor(world.portal, "en")
    case = "my_married=no&my_child_birth_date=1&my_no_birth_notice=yes"
    papers = (await visitor.get(f"/services/1.001193?{case}")).text
    shown = papers.split('class="dinh-checks"')[1].split("</ul>")[0]
    assert "To be added:</b> Witness statement" in shown
    assert "vaccination book" in shown
    assert "marriage certificate" not in shown
    assert "Birth notification" not in shown
    facts = papers.split('class="dinh-facts"')[1].split("</dl>")[0]
    assert "provincial People&#39;s Council" in facts
    assert "Free within" not in facts
    other = (await visitor.get("/services/1.001193?my_married=yes&my_child_birth_date=0&my_no_birth_notice=no")).text
    shown = other.split('class="dinh-checks"')[1].split("</ul>")[0]
    assert "To be added:</b> Birth notification" in shown
    assert "Depends on your answers:</b> Parents&#39; marriage certificate" in shown
    assert "Witness" not in shown
    for forged in ("my_married=maybe", "my_child_birth_date=99", "my_child_birth_date=2026-01-01", "my_child_name=x", "my_=", "my_unit=1"):
        assert (await visitor.get(f"/services/1.001193?{forged}")).status_code == 200


async def test_a_late_birth_without_papers_is_asked_for_others(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    draft = await births.start(mother)
    await mother.post(f"{draft}/relation", {"relation": "mother", "married": "no"})
    born = world.portal.country.local_date(clock.now()) - timedelta(days=61)
    typed = births.answers(world, "Trần Khuê Trễ", (str(born.day), str(born.month), str(born.year)))["child"]
    await mother.post(f"{draft}/child", typed | {"no_birth_notice": "yes"})
    await mother.post(f"{draft}/father", {"father_unknown": "yes"})
    page = (await mother.get(f"{draft}/where")).text
    assert 'name="birth_notice"' not in page
    assert 'name="witness_statement"' in page
    assert 'name="child_papers" type="file" accept="application/pdf,image/png,image/jpeg" multiple' in page
    assert "Cần nộp:</b> Văn bản của người làm chứng" in page
    refused = await mother.post(f"{draft}/where", {"unit": world.demo.units[0]})
    assert _errors(refused) == {"witness_statement"}
    files = [
        ("witness_statement", ("chung.pdf", PDF, "application/pdf")),
        *(("child_papers", (f"so-{at}.pdf", PDF, "application/pdf")) for at in range(4)),
    ]
    refused = await mother.post(f"{draft}/where", {"unit": world.demo.units[0]}, files=files)
    assert _errors(refused) == {"child_papers"}
    assert "Đã đủ số tệp" in refused.text
    review = (await mother.get(f"{draft}/review")).text
    assert "so-2.pdf" in review
    assert "so-3.pdf" not in review
    assert "Hội đồng nhân dân cấp tỉnh" in review
    await mother.post(f"{draft}/review")
    await world.settle()
    code = str((await mother.get(draft, follow_redirects=True)).url).rsplit("/", 1)[1]
    desk = (await (await world.sign_in(world.account(world.demo.handler))).get(f"/desk/{code}")).text
    assert f"/desk/{code}/papers/child_papers.2" in desk
    receipt = (await mother.get(f"/cases/{code}/slips/receipt")).text
    assert "Văn bản của người làm chứng" in receipt
    assert "Giấy chứng sinh" not in receipt
    assert "Hội đồng nhân dân cấp tỉnh" in receipt


async def test_a_name_of_forty_letters_with_every_mark_reaches_desk_and_paper(world: World, tmp_path: Path) -> None:
    marks = {mark for letter in LONG_NAME for mark in unicodedata.normalize("NFD", letter) if unicodedata.combining(mark)}
    assert len(LONG_NAME) == 40
    assert marks == {"\u0300", "\u0301", "\u0302", "\u0303", "\u0306", "\u0309", "\u031b", "\u0323"}
    mother = await world.sign_in(world.account("mother"))
    code = await births.register_birth(world, mother, LONG_NAME)
    registrar = await world.sign_in(world.account(world.demo.handler))
    assert LONG_NAME in (await registrar.get(f"/desk/{code}")).text
    listed = (await mother.get("/documents")).text
    document = listed.split(f'href="/cases/{code}"')[0].rsplit('href="/documents/', 1)[1][:36]
    paper = tmp_path / "certificate.pdf"
    paper.write_bytes((await mother.get(f"/documents/{document}/file")).content)
    words = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, check=True, text=True).stdout
    assert unicodedata.normalize("NFC", LONG_NAME).lower() in " ".join(unicodedata.normalize("NFC", words).lower().split())
