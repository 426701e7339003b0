"""The exchange's pages of an operator and an engineer, with something on them; and proofs in the citizen's log."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from dinh.kernel.web.visit import LANGUAGE
from tests.browser.engineering import TRIAL, prepare
from tests.browser.inspector import Inspector
from tests.browser.people import DESKTOP, PHONE, People, opened
from tests.browser.site import Site
from tests.browser.steps import until
from tests.browser.test_budget import transferred

# A page of an operator weighs no more than a citizen's.
BUDGET = 100_000
VIEWS = pytest.mark.parametrize(("language", "size"), [("vi-VN", PHONE), ("en-GB", DESKTOP)], ids=["vi-phone", "en-desktop"])


@pytest.fixture(scope="module", autouse=True)
def prepared(site: Site) -> None:
    prepare(site)


@pytest.fixture(scope="module")
def state(browser: Browser, site: Site, prepared: None) -> Any:
    """The operator's session on the portal and on the province's node; whoever looks chooses a language."""
    context = opened(browser, "vi-VN", DESKTOP)
    page = context.new_page()
    page.goto(f"{site.portal}/operator")
    site.sign_in(page, "operator")
    page.wait_for_url(f"{site.portal}/operator")
    page.goto(site.desk("/operator"))
    page.wait_for_url(site.desk("/operator"))
    found = context.storage_state()
    context.close()
    return found | {"cookies": [each for each in found["cookies"] if each["name"] != LANGUAGE]}


def _window(browser: Browser, state: Any, language: str, size: dict[str, int], *, script: bool = True) -> Page:
    return opened(browser, language, size, script=script, state=state).new_page()


@VIEWS
def test_dead_and_waiting_messages(browser: Browser, site: Site, state: Any, language: str, size: dict[str, int]) -> None:
    page, address = _window(browser, state, language, size), site.desk("/operator/messages")
    until(page, address, lambda: bool(page.locator("#dead").count() and page.locator("#waiting ~ table").count()))
    inspector = Inspector(page)
    inspector.look("messages")
    with page.expect_navigation():
        page.press("details summary", "Enter")
        page.press("form[action$='give-up'] button", "Enter")
    assert page.locator(".govuk-error-summary").count() == 1
    inspector.look("a message given up without a reason")
    assert transferred(page.context, address) <= BUDGET


@VIEWS
def test_a_service_is_tried(browser: Browser, site: Site, state: Any, language: str, size: dict[str, int]) -> None:
    page = _window(browser, state, language, size)
    inspector = Inspector(page)
    page.goto(f"{site.portal}/developers/exchange")
    inspector.look("services of the exchange")
    page.click(f"a[href='{TRIAL}']")
    page.fill("#path", "/nothing/here")
    page.select_option("#verb", "GET")
    page.click("main form button")
    assert page.locator("[role=alert]").count() == 1
    inspector.look("a trial refused")
    page.fill("#path", "/residents/000001")
    page.click("main form button")
    assert "Example Person" in page.inner_text("main")
    inspector.look("a trial answered")
    assert transferred(page.context, f"{site.portal}{TRIAL}") <= BUDGET


def test_a_service_is_tried_without_script(browser: Browser, site: Site, state: Any) -> None:
    page = _window(browser, state, "vi-VN", PHONE, script=False)
    page.goto(f"{site.portal}{TRIAL}")
    page.select_option("#verb", "GET")
    page.fill("#path", "/residents/000001")
    page.click("main form button")
    assert "Example Person" in page.inner_text("main")


@VIEWS
def test_proofs_in_the_citizens_log(people: People, site: Site, language: str, size: dict[str, int]) -> None:
    """Starting a form has the mother's own details looked up."""
    people.hand("mother").post("/services/1.001193/start")
    page = people.window("mother", language, size)
    until(page, f"{site.portal}/my-data", lambda: bool(page.locator("a[href^='/my-data/proof/']").count()))
    Inspector(page).look("the log with proofs")
    with page.expect_download() as file:
        page.click("a[href^='/my-data/proof/']")
    assert file.value.suggested_filename.startswith("my-data-proof-")
    with page.expect_download() as file:
        page.click("a[href*='format=proof']")
    assert file.value.suggested_filename == "my-data-proof.json"
    assert transferred(page.context, f"{site.portal}/my-data") <= BUDGET
