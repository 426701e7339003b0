"""Forms in a browser: groups by keyboard and without script, what two devices see, what a service needs; axe on each page."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page

from dinh.kernel.settings import Settings
from tests.browser.inspector import Inspector
from tests.browser.people import DESKTOP, PHONE, opened
from tests.browser.site import Site, running
from tests.flows.post import PostOffice
from tests.world import MEMORY, PDF

ESTATE = Path(__file__).parents[1] / "flows" / "estate.yaml"


@pytest.fixture(scope="module")
def estate(office: PostOffice) -> Iterator[Site]:
    """The country with one procedure more, which has everything that a form can have."""
    folder = Path(tempfile.mkdtemp(prefix="dinh-content-", dir=MEMORY))
    folder.chmod(0o755)
    shutil.copytree(Settings().content / "vn", folder / "vn")
    (folder / "vn/procedures/T.1").mkdir()
    shutil.copy(ESTATE, folder / "vn/procedures/T.1/2026-01-01.yaml")
    with running(office, DINH_CONTENT=str(folder)) as site:
        yield site
    shutil.rmtree(folder)


def _begin(page: Page, site: Site, role: str) -> str:
    """Sign in at the start page of the estate; the draft's address."""
    page.goto(f"{site.portal}/services/T.1/start")
    site.sign_in(page, role)
    page.click("main form button")
    page.wait_for_url("**/basis")
    return page.url.removesuffix("/basis")


def _fill_basis(page: Page) -> None:
    page.fill("#deceased_name", "Bùi Văn Cổ")
    page.fill("#deceased_born-year", "1931")
    page.check("#basis")
    page.click("#go-on")
    page.fill("#will_place", "Huế")
    page.click("#go-on")
    page.wait_for_url("**/heirs")


@pytest.mark.parametrize("script", [True, False])
def test_a_group_by_keyboard_with_and_without_script(browser: Browser, estate: Site, script: bool) -> None:
    page = opened(browser, "vi-VN", PHONE, script=script).new_page()
    _begin(page, estate, "mother" if script else "father")
    _fill_basis(page)
    page.fill('[id="heirs.0.name"]', "Bùi Thị Một")
    page.focus('[id="heirs.0.sort"]')
    page.keyboard.press("Space")
    page.focus('button[name="_add"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/heirs#heirs.1")
    page.keyboard.press("Tab")
    page.keyboard.type("Bùi Thị Hai")
    assert page.input_value('[id="heirs.1.name"]') == "Bùi Thị Hai"
    page.keyboard.press("Enter")
    page.wait_for_url("**/heirs")
    assert page.locator(".govuk-error-summary a").get_attribute("href") == "#heirs.1.sort"
    assert page.locator("fieldset.dinh-item").count() == 2
    assert page.input_value('[id="heirs.1.name"]') == "Bùi Thị Hai"
    page.click('button[name="_remove"][value="heirs.0"]')
    page.wait_for_url("**/heirs#heirs")
    assert page.input_value('[id="heirs.0.name"]') == "Bùi Thị Hai"
    assert page.locator("fieldset.dinh-item").count() == 1


@pytest.mark.parametrize(("language", "size"), [("vi-VN", PHONE), ("en-GB", DESKTOP)])
def test_every_page_of_a_form_passes_axe(browser: Browser, estate: Site, language: str, size: dict[str, int]) -> None:
    page = opened(browser, language, size).new_page()
    look = Inspector(page).look
    for address in ("/services/T.1", "/services/1.001193", "/services/1.001193?my_married=yes&my_child_birth_date=1&my_no_birth_notice=yes"):
        page.goto(estate.portal + address)
        look(address)
    draft = _begin(page, estate, "mother")
    _fill_basis(page)
    page.fill('[id="heirs.0.name"]', "Bùi Thị Một")
    page.click('button[name="_add"]')
    look("two items")
    page.click("#go-on")
    look("errors in items")
    page.check('[id="heirs.0.sort"]')
    page.click('button[name="_remove"][value="heirs.1"]')
    page.click("#go-on")
    if page.url.endswith("/heirs"):
        look("a question that came up")
        page.click("#go-on")
    page.set_input_files("#papers", files=[FilePayload(name="trang 1.pdf", mimeType="application/pdf", buffer=PDF)])
    page.click("#go-on")
    page.goto(f"{draft}/will")
    look("files")
    for address in ("review", "discard"):
        page.goto(f"{draft}/{address}")
        look(address)
    for address in (f"{estate.portal}/applications", f"{estate.portal}/services/T.1/start"):
        page.goto(address)
        look(address)
    _look_at_a_conflict(browser, page, draft, look)


def _look_at_a_conflict(browser: Browser, page: Page, draft: str, look: object) -> None:
    """A second window of the same person saves between."""
    del browser
    other = page.context.new_page()
    page.goto(f"{draft}/basis")
    other.goto(f"{draft}/basis")
    other.fill("#deceased_name", "Bùi Văn Khác")
    other.click("#go-on")
    other.wait_for_url("**/heirs")
    page.fill("#deceased_name", "Bùi Văn Tôi")
    page.click("#go-on")
    assert page.locator(".dinh-both dd").count() == 2
    look("conflict")  # type: ignore[operator]
    page.click("#go-on")
    page.wait_for_url("**/heirs")
    other.goto(f"{draft}/basis")
    assert other.input_value("#deceased_name") == "Bùi Văn Tôi"
