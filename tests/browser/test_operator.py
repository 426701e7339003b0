"""The operator's page in a browser: both languages, desktop and phone, axe, and without script."""

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Inspector, Site
from tests.browser.test_journey import DESKTOP, PHONE, _page


@pytest.mark.parametrize(("language", "size", "script"), [("vi-VN", DESKTOP, True), ("en-GB", PHONE, True), ("vi-VN", PHONE, False)])
def test_the_operators_page(browser: Browser, site: Site, language: str, size: dict[str, int], script: bool) -> None:
    page = _page(browser, language, size, script=script)
    for address in (site.portal, site.desk(""), f"http://registers.localhost:{site.port}"):
        page.goto(f"{address}/operator")
        if page.locator("#number").count():
            site.sign_in(page, "operator")
        assert page.url.startswith(f"{address}/operator")
        if script:
            Inspector(page).look(f"{address}/operator")
    page.click("form[action$=verification] button")
    page.wait_for_url("**/operator#seals")
    assert page.locator("main h1").count() == 1
