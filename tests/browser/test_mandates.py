"""A power of attorney from the form to acting under it, in a real browser; every page under axe."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.inspector import Inspector
from tests.browser.people import DESKTOP, PHONE, opened
from tests.browser.site import Site

WORDS = {
    "vi-VN": ("Bạn đang làm việc thay", "chỉ dành cho chính chủ", "Việc đại diện đã kết thúc"),
    "en-GB": ("You are acting for", "for the person themselves", "The mandate has ended"),
}


def _open(browser: Browser, site: Site, language: str, size: dict[str, int], role: str, *, script: bool = True) -> Page:
    page = opened(browser, language, size, script=script).new_page()
    page.goto(f"{site.portal}/mandates")
    site.sign_in(page, role)
    return page


@pytest.mark.parametrize(("language", "size", "giver", "taker"), [("vi-VN", PHONE, "mother", "father"), ("en-GB", DESKTOP, "father", "mother")],
                         ids=["vi-phone", "en-desktop"])  # fmt: skip
def test_a_power_is_given_taken_up_and_ended(browser: Browser, site: Site, language: str, size: dict[str, int], giver: str, taker: str) -> None:
    acting, closed, ended = WORDS[language]
    page = _open(browser, site, language, size, giver)
    inspector = Inspector(page)
    inspector.look("mandates, none")
    page.click("form[action='/mandates/children'] button")
    inspector.look("mandates, children asked for")
    page.click("a[href='/mandates/new']")
    inspector.look("new")
    page.click("main form button")
    inspector.look("new with errors")
    page.fill("#number", site.account(taker).username)
    page.fill("#name", site.account(taker).name)
    last = date.today() + timedelta(days=20)
    for part, value in (("day", last.day), ("month", last.month), ("year", last.year)):
        page.fill(f"#last_day-{part}", str(value))
    page.press("#last_day-year", "Enter")
    assert site.account(taker).name in page.inner_text("main")
    inspector.look("mandates, one given")

    other = _open(browser, site, language, size, taker, script=language == "en-GB")
    eye = Inspector(other)
    other.click(f"main form[action$='/act'] button:has-text('{site.account(giver).name}')")
    assert f"{acting} {site.account(giver).name}" in other.inner_text(".dinh-acting")
    if language == "en-GB":
        eye.look("applications under a mandate")
    other.goto(f"{site.portal}/mandates")
    assert closed in other.inner_text("main")
    if language == "en-GB":
        eye.look("closed under a mandate")
    page.click(f"main form[action$='/end'] button:has-text('{site.account(taker).name}')")
    inspector.look("mandates, one ended")
    other.goto(f"{site.portal}/applications")
    assert ended in other.inner_text("main")
    other.click(".dinh-acting button")
    assert other.locator(".dinh-acting").count() == 0
