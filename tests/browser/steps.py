"""The turns of a case as people take them in a browser. A journey tells its story with these."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.people import DESKTOP, PAPER, PHONE, birth_of
from tests.browser.site import Site

BOTH = pytest.mark.parametrize(("language", "size"), [("vi-VN", DESKTOP), ("en-GB", PHONE)], ids=["vi-desktop", "en-phone"])
Look = Callable[[str], None]


def nothing(_: str) -> None:
    """For a page that another journey looks at."""


def until(page: Page, address: str, there: Callable[[], bool]) -> None:
    """What one node tells another arrives when it arrives."""
    for _ in range(60):
        page.goto(address)
        if there():
            return
        time.sleep(0.3)
    raise AssertionError(f"{address}: what was waited for did not come")


def begin(page: Page, site: Site, role: str, look: Look) -> None:
    """From the home page to the first question of the form."""
    page.goto(site.portal)
    look("home")
    page.fill("#q", "khai sinh")
    page.click("main form button")
    look("search")
    page.click("main ul a")
    look("procedure")
    page.click("main form button")
    look("sign in")
    site.sign_in(page, role)
    look("start")
    page.click("main form button")
    look("relation")


def fill_in(page: Page, site: Site, name: str, look: Look) -> None:
    """From the first question to the review."""
    typed = birth_of(site, name)
    page.check("#relation")
    page.check("#married")
    page.click("main form button")
    look("own details")
    page.click("main form button")
    page.click("main form button")
    look("child with errors")
    page.check("#child_sex-2")
    for field in ("child_name", "child_birth_date-day", "child_birth_date-month", "child_birth_date-year", "child_birth_place"):
        page.fill(f"#{field}", typed[field])
    look("child")
    page.click("main form button")
    for field in ("father_name", "father_number"):
        page.fill(f"#{field}", typed[field])
    look("father")
    page.click("main form button")
    page.set_input_files("#birth_notice", files=[PAPER])
    look("where")
    page.click("main form button")
    look("review")


def send(page: Page, look: Look) -> str:
    """From the review to the case's own page; its code."""
    page.click("main form button")
    look("sent or status")
    until(page, page.url, lambda: "/cases/" in page.url)
    look("status")
    return page.url.rsplit("/", 1)[1]


def find_case(desk: Page, site: Site, code: str, look: Look) -> None:
    """By the desk's own search: the inbox may be long."""
    desk.goto(site.desk())
    look("desk")
    desk.fill("#q", code)
    desk.click("form[role=search] button")
    look("desk search")
    desk.click(f"main table >> text={code}")


def accept(desk: Page) -> None:
    desk.click("form[action$=accept] button")


def accept_and_propose(desk: Page) -> None:
    """In one step, if everything agrees."""
    desk.check("form[action$=accept] #approve")
    accept(desk)


def propose(desk: Page) -> None:
    desk.check("form[action$=propose] #outcome")
    desk.fill("#note", "Đủ điều kiện")
    desk.click("form[action$=propose] button")


def decide(desk: Page, site: Site, role: str) -> None:
    desk.fill("#factor", site.code(site.account(role)))
    desk.click("form[action$=decide]:has(#factor) button")


def open_turn(desk: Page, turn: str) -> None:
    """The turns that are rarer stand folded."""
    desk.click(f"details:has(form[action$='/{turn}']) summary")


def returned(page: Page, site: Site, code: str) -> None:
    """The result is there."""
    until(page, f"{site.portal}/cases/{code}", lambda: page.locator("main a[href='/documents']").count() > 0)
