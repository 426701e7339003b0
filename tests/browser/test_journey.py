"""A parent files a birth, the commune settles it, the certificate arrives: in a browser, both languages, desktop and phone."""

from playwright.sync_api import Page

from tests.browser.inspector import Inspector
from tests.browser.people import DESKTOP, PHONE, People
from tests.browser.steps import BOTH, Look, accept, accept_and_propose, begin, decide, fill_in, find_case, nothing, propose, returned, send


def _settle(people: People, code: str, language: str, size: dict[str, int]) -> None:
    desk = people.stranger(language, size)
    inspector = Inspector(desk)
    desk.goto(people.site.desk())
    people.site.sign_in(desk, "registrar")
    inspector.look("desk")
    desk.click(f"text={code}")
    inspector.look("desk case")
    accept(desk)
    inspector.look("checked case")
    propose(desk)
    chair = people.window("chairperson", language, size)
    chair.goto(people.site.desk(f"/desk/{code}"))
    Inspector(chair).look("case to decide")
    decide(chair, people.site, "chairperson")
    Inspector(chair).look("decided case")


def _lend(people: People, page: Page, language: str, size: dict[str, int], look: Look) -> None:
    """The newest document: its page, a share, what the share's holder sees, and its end."""
    site = people.site
    page.goto(f"{site.portal}/documents")
    page.click("main h3 a")
    look("document")
    page.click("main a[href$='/share']")
    look("share form")
    page.click("main form button")
    look("share form with errors")
    page.fill("#recipient", "Trường Tiểu học Lê Chân")
    page.check("#purpose")
    page.click("main form button")
    look("share")
    link = page.get_attribute("main a.dinh-hash", "href") or ""
    holder = people.stranger(language, size)
    holder.goto(link)
    Inspector(holder).look("shared")
    page.reload()
    page.click("main form button")
    look("share taken back")
    answer = holder.goto(link)
    assert answer
    assert answer.status == 410
    Inspector(holder).look("shared no more")
    page.goto(f"{site.portal}/documents/shares")
    look("shares")
    page.goto(f"{site.portal}/documents?q=khong+co")
    look("no document found")
    page.goto(f"{site.portal}/my-data?others=yes&from=2026-02-30")
    look("my data with an error")


@BOTH
def test_a_birth_from_form_to_warehouse(people: People, language: str, size: dict[str, int]) -> None:
    site, page = people.site, people.stranger(language, size)
    inspector = Inspector(page)
    begin(page, site, "mother", inspector.look)
    fill_in(page, site, f"Trần Ngọc Khuê {'Nhất' if size is DESKTOP else 'Nhì'}", inspector.look)
    code = send(page, inspector.look)
    _settle(people, code, language, size)
    returned(page, site, code)
    inspector.look("returned")
    page.goto(f"{site.portal}/documents")
    assert page.locator(f"main a[href='/cases/{code}']").count() == 1
    inspector.look("documents")
    _lend(people, page, language, size, inspector.look)
    for path in ("/my-data", "/applications", "/figures", "/verify", "/nothing-here", "/desk"):
        page.goto(site.portal + path)
        inspector.look(path)
    page.click("header form button")
    assert page.locator("header form").count() == 0
    assert len(inspector.seen) >= 20


def test_a_birth_without_javascript(people: People) -> None:
    """Every page, of the citizen and of the officials, to the paper itself."""
    site, page = people.site, people.stranger("en-GB", PHONE, script=False)
    begin(page, site, "mother", nothing)
    fill_in(page, site, "Trần Ngọc Khuê Mộc", nothing)
    code = send(page, nothing)
    desk = people.window("registrar", "vi-VN", DESKTOP, script=False)
    find_case(desk, site, code, nothing)
    accept_and_propose(desk)
    chair = people.window("chairperson", "vi-VN", DESKTOP, script=False)
    find_case(chair, site, code, nothing)
    decide(chair, site, "chairperson")
    returned(page, site, code)
    page.click("main a[href='/documents']")
    page.click(f"main li:has(a[href='/cases/{code}']) h3 a")
    paper = page.request.get(site.portal + (page.get_attribute("main a[href$='/file']", "href") or ""))
    assert paper.body().startswith(b"%PDF-")
    assert not page.evaluate("document.body.classList.contains('js-enabled')"), "no script ran"
