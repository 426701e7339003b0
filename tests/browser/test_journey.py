"""A parent files a birth, the commune settles it, the certificate arrives: in a browser, both languages, desktop and phone."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, FilePayload, Page

from tests.browser.conftest import Inspector, Site
from tests.world import PDF

DESKTOP, PHONE = {"width": 1200, "height": 900}, {"width": 390, "height": 800}


def _page(browser: Browser, language: str, size: dict[str, int], *, script: bool = True) -> Page:
    context = browser.new_context(locale=language, viewport=size, java_script_enabled=script)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    return context.new_page()


def _until(page: Page, path: str, there: Callable[[], bool]) -> None:
    for _ in range(60):
        page.goto(path)
        if there():
            return
        time.sleep(0.3)
    raise AssertionError(f"{path}: what was waited for did not come")


def fill_in(page: Page, site: Site, name: str, look: Callable[[str], None]) -> None:
    father = site.account("father")
    page.check("#relation")
    page.check("#married")
    page.click("main form button")
    look("own details")
    page.click("main form button")
    page.click("main form button")
    look("child with errors")
    page.fill("#child_name", name)
    page.check("#child_sex-2")
    for part, value in (("day", "3"), ("month", "11"), ("year", "2026")):
        page.fill(f"#child_birth_date-{part}", value)
    page.fill("#child_birth_place", "Bệnh viện Phụ sản Hải Phòng")
    look("child")
    page.click("main form button")
    page.fill("#father_name", father.name)
    page.fill("#father_number", father.username)
    look("father")
    page.click("main form button")
    page.set_input_files("#birth_notice", files=[FilePayload(name="giay.pdf", mimeType="application/pdf", buffer=PDF)])
    look("where")
    page.click("main form button")
    look("review")


def _file(page: Page, site: Site, name: str, look: Callable[[str], None]) -> str:
    page.goto(site.portal)
    look("home")
    page.fill("#q", "khai sinh")
    page.click("main form button")
    look("search")
    page.click("main ul a")
    look("procedure")
    page.click("main form button")
    look("sign in")
    site.sign_in(page, "mother")
    look("start")
    page.click("main form button")
    look("relation")
    fill_in(page, site, name, look)
    page.click("main form button")
    look("sent or status")
    draft = page.url
    _until(page, draft, lambda: "/cases/" in page.url)
    look("status")
    return page.url.rsplit("/", 1)[1]


def _settle(browser: Browser, site: Site, code: str, language: str, size: dict[str, int]) -> None:
    desk = _page(browser, language, size)
    inspector = Inspector(desk)
    desk.goto(site.desk())
    site.sign_in(desk, "registrar")
    inspector.look("desk")
    desk.click(f"text={code}")
    inspector.look("desk case")
    desk.click("form[action$=accept] button")
    desk.click("form[action$=check] button")
    inspector.look("checked case")
    desk.check("form[action$=propose] #outcome")
    desk.fill("#note", "Đủ điều kiện")
    desk.click("form[action$=propose] button")
    chair = _page(browser, language, size)
    chair.goto(site.desk(f"/desk/{code}"))
    site.sign_in(chair, "chairperson")
    Inspector(chair).look("case to decide")
    chair.check("form[action$=decide] #outcome")
    chair.fill("#factor", site.code(site.account("chairperson")))
    chair.click("form[action$=decide] button")
    Inspector(chair).look("decided case")


def _lend(browser: Browser, page: Page, site: Site, language: str, size: dict[str, int], look: Callable[[str], None]) -> None:
    """The newest document: its page, a share, what the share's holder sees, and its end."""
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
    holder = _page(browser, language, size)
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


@pytest.mark.parametrize(("language", "size"), [("vi-VN", DESKTOP), ("en-GB", PHONE)])
def test_a_birth_from_form_to_warehouse(browser: Browser, site: Site, language: str, size: dict[str, int]) -> None:
    page = _page(browser, language, size)
    inspector = Inspector(page)
    code = _file(page, site, f"Trần Ngọc Khuê {'Nhất' if size is DESKTOP else 'Nhì'}", inspector.look)
    _settle(browser, site, code, language, size)
    _until(page, f"{site.portal}/cases/{code}", lambda: page.locator("main a[href='/documents']").count() > 0)
    inspector.look("returned")
    page.goto(f"{site.portal}/documents")
    assert page.locator(f"main a[href='/cases/{code}']").count() == 1
    inspector.look("documents")
    _lend(browser, page, site, language, size, inspector.look)
    for path in ("/my-data", "/applications", "/figures", "/verify", "/nothing-here", "/desk"):
        page.goto(site.portal + path)
        inspector.look(path)
    page.click("header form button")
    assert page.locator("header form").count() == 0
    assert len(inspector.seen) >= 20


def test_the_form_and_the_desk_work_without_javascript(browser: Browser, site: Site) -> None:
    page = _page(browser, "vi-VN", PHONE, script=False)
    page.goto(f"{site.portal}/services/1.001193")
    page.click("main form button")
    site.sign_in(page, "father")
    page.click("main form button")
    page.check("#relation-2")
    page.check("#married-2")
    page.click("main form button")
    assert page.locator("text=Theo Bộ Công an").count() == 3
    desk = _page(browser, "vi-VN", DESKTOP, script=False)
    desk.goto(site.desk())
    site.sign_in(desk, "vice-chairperson")
    assert desk.locator("main h1").count() == 1


def test_the_journey_to_the_form_by_keyboard_alone(browser: Browser, site: Site) -> None:
    page = _page(browser, "vi-VN", DESKTOP)
    page.goto(site.portal)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Đến nội dung chính"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("khai sinh")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?*")
    link = page.locator("main ul a").first
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == link.get_attribute("href"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/services/*")
    outline = page.evaluate(
        "() => { const b = document.querySelector('main form button'); b.focus(); return getComputedStyle(b).outlineStyle + getComputedStyle(b).boxShadow }"
    )
    assert outline != "nonenone"
