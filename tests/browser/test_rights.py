"""What is kept about people, and what a person agrees to, in a real browser."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.inspector import Inspector
from tests.browser.people import DESKTOP, PHONE, opened
from tests.browser.site import Site

WORDS = {"vi-VN": "Bạn đang đồng ý cho 1 việc", "en-GB": "You agree to 1 use"}


@pytest.mark.parametrize(("language", "size", "role"), [("vi-VN", PHONE, "mother"), ("en-GB", DESKTOP, "father")], ids=["vi-phone", "en-desktop"])
def test_consent_is_given_and_withdrawn_by_keyboard(browser: Browser, site: Site, language: str, size: dict[str, int], role: str) -> None:
    page = opened(browser, language, size).new_page()
    inspector = Inspector(page)
    page.goto(f"{site.portal}/data-register")
    inspector.look("the register of processing")
    page.goto(f"{site.portal}/consents")
    site.sign_in(page, role)
    inspector.look("consents, none")
    with page.expect_navigation():
        page.press("main form button", "Enter")
    inspector.look("consents with an error")
    page.press("main form input[type=radio]", "Space")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert WORDS[language] in page.inner_text("main")
    inspector.look("consents, one given")
    if folder := os.environ.get("DINH_SHOTS"):
        for path in ("consents", "mandates", "mandates/new", "data-register"):
            page.goto(f"{site.portal}/{path}")
            page.screenshot(path=str(Path(folder) / f"{path.replace('/', '-')}-{language}.png"), full_page=path != "data-register")
        page.goto(f"{site.portal}/consents")
    with page.expect_navigation():
        page.press("main form[action$='/withdraw'] button", "Enter")
    assert WORDS[language] not in page.inner_text("main")
    inspector.look("consents, one withdrawn")
