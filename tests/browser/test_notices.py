"""A person gives an address, confirms it with the code from the mail, reads notices and leaves by the mail's own link."""

import time
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.inspector import Inspector
from tests.browser.people import DESKTOP, PHONE, opened
from tests.browser.site import Site
from tests.browser.steps import fill_in, nothing
from tests.flows.post import CODE, text_of

WORDS = {
    "vi-VN": ("Thông báo về hồ sơ được gửi đến đây", "Bạn sẽ không nhận e-mail thông báo nữa", "Đăng nhập vào tài khoản của bạn"),
    "en-GB": ("Notices about your cases are sent here", "You will get no more notices by e-mail", "Your account was signed in to"),
}


def _letter(site: Site, address: str, count: int = 1) -> EmailMessage:
    for _ in range(100):
        if len(site.office.to(address)) >= count:
            return site.office.to(address)[count - 1]
        time.sleep(0.1)
    raise AssertionError("the letter did not come")


def _signed_in(browser: Browser, site: Site, language: str, size: dict[str, int], role: str, *, script: bool) -> Page:
    page = opened(browser, language, size, script=script).new_page()
    page.goto(f"{site.portal}/notices")
    site.sign_in(page, role)
    return page


@pytest.mark.parametrize(("language", "size", "role"), [("vi-VN", PHONE, "father"), ("en-GB", DESKTOP, "mother")], ids=["vi-phone", "en-desktop"])
def test_an_address_is_confirmed_and_left(browser: Browser, site: Site, language: str, size: dict[str, int], role: str) -> None:
    on, left, signed_in = WORDS[language]
    page = _signed_in(browser, site, language, size, role, script=True)
    inspector, address = Inspector(page), f"{role}@mail.example"
    for _ in range(40):
        if signed_in in page.inner_text("main"):
            break
        time.sleep(0.2)
        page.reload()
    assert signed_in in page.inner_text("main")
    inspector.look("notices")
    page.click("main p a[href='/notices/settings']")
    inspector.look("settings, new")
    page.fill("#email", "nobody")
    page.press("#email", "Enter")
    inspector.look("settings with an error")
    page.fill("#email", address)
    page.press("#email", "Enter")
    code = CODE.findall(text_of(_letter(site, address)))[0]
    page.fill("#email-code", f"{(int(code) + 1) % 10**6:06d}")
    page.press("#email-code", "Enter")
    inspector.look("settings with a wrong code")
    page.fill("#email-code", code)
    page.press("#email-code", "Enter")
    assert on in page.inner_text("main")
    inspector.look("settings, confirmed")
    page.click("form[action='/notices/settings/email/choose'] button")
    assert on not in page.inner_text("main")
    page.click("form[action='/notices/settings/email/choose'] button")
    assert on in page.inner_text("main")
    if role == "mother":
        _leave(page, site, address, inspector, left)
    page.click("form[action='/notices/settings/email/remove'] button")
    assert page.locator(f"text={address}").count() == 0
    page.goto(f"{site.portal}/notices/leave/unknown")
    inspector.look("a link that is not known")


def _leave(page: Page, site: Site, address: str, inspector: Inspector, left: str) -> None:
    """A case is filed, its letter comes, and the letter's link ends the letters."""
    page.goto(f"{site.portal}/services/1.001193")
    page.click("main form button")
    fill_in(page, site, "Trần Khuê Thư", nothing)
    page.click("main form button")
    letter = _letter(site, address, 2)
    page.goto(site.portal + "/notices")
    assert str(letter["subject"]) in page.inner_text("main")
    inspector.look("notices, unread")
    page.click("main h2 a >> nth=0")
    assert "/cases/" in page.url
    page.goto(str(letter["list-unsubscribe"]).strip("<>"))
    inspector.look("leave")
    page.click("main form button")
    assert left in page.inner_text("main")
    inspector.look("left")
    page.goto(f"{site.portal}/notices/settings")


def test_confirming_works_without_javascript(browser: Browser, site: Site) -> None:
    page = _signed_in(browser, site, "vi-VN", PHONE, "registrar", script=False)
    page.goto(f"{site.portal}/notices/settings")
    page.fill("#email", "plain@mail.example")
    page.press("#email", "Enter")
    code = CODE.findall(text_of(_letter(site, "plain@mail.example")))[0]
    page.fill("#email-code", code)
    page.press("#email-code", "Enter")
    assert WORDS["vi-VN"][0] in page.inner_text("main")
