"""The operator's page in a browser: both languages, desktop and phone, axe, and without script."""

import pytest
from playwright.sync_api import Browser

from tests.browser.inspector import Inspector
from tests.browser.people import DESKTOP, PHONE, opened
from tests.browser.site import Site


@pytest.mark.parametrize(("language", "size", "script"), [("vi-VN", DESKTOP, True), ("en-GB", PHONE, True), ("vi-VN", PHONE, False)])
def test_the_operators_page(browser: Browser, site: Site, language: str, size: dict[str, int], script: bool) -> None:
    page = opened(browser, language, size, script=script).new_page()
    for address in (site.portal, site.desk(""), f"http://registers.localhost:{site.port}"):
        page.goto(f"{address}/operator")
        if page.locator("#number").count():
            site.sign_in(page, "operator")
        assert page.url.startswith(f"{address}/operator")
        if script:
            Inspector(page).look(f"{address}/operator")
    for address in (site.portal, f"http://registers.localhost:{site.port}"):
        for path in ("/operator/exchange", "/operator/heads", "/open/exchange", *(["/open/exchange/national"] if address == site.portal else [])):
            page.goto(f"{address}{path}")
            assert page.locator("main h1").count() == 1
            if script:
                Inspector(page).look(f"{address}{path}")
    page.goto(f"{address}/operator")
    page.click("form[action$=verification] button")
    page.wait_for_url("**/operator#seals")
    assert page.locator("main h1").count() == 1
