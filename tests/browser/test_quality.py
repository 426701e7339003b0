"""A keeper finds a fault, another one approves what is right: in a browser, both languages, desktop and phone, also without script."""

import asyncio
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page

from dinh.app.databases import Databases
from dinh.kernel.settings import Settings
from tests.browser.inspector import Inspector
from tests.browser.people import DESKTOP, PHONE, opened
from tests.browser.site import Site

PLANT = """UPDATE registers.person SET address = '' WHERE ref = (SELECT ref FROM registers.person
           WHERE address <> '' AND NOT residence_unit = ANY ($1) ORDER BY ref LIMIT 1)"""


async def _plant(site: Site) -> None:
    databases = Databases(Settings(home=site.home, port=site.port))
    connection = await databases.owner(databases.name("registers"))
    try:
        # Officials live in the demonstration's units: nobody handles their own family.
        await connection.execute(PLANT, ["11383", "11311"])
    finally:
        await connection.close()


def _measure(site: Site) -> None:
    environment = {**os.environ, "DINH_HOME": str(site.home), "DINH_PORT": str(site.port)}
    subprocess.run([sys.executable, "-m", "dinh", "registers", "measure"], env=environment, check=True, capture_output=True, timeout=120)


def _keeper(browser: Browser, site: Site, role: str, language: str, size: dict[str, int], *, script: bool = True) -> tuple[Page, Inspector]:
    page = opened(browser, language, size, script=script).new_page()
    page.goto(f"http://registers.localhost:{site.port}/")
    page.click("main a[href^='/session/start']")
    site.sign_in(page, role)
    page.wait_for_url(re.compile("/registers$"))
    return page, Inspector(page)


@pytest.mark.parametrize(("language", "size"), [("vi-VN", DESKTOP), ("en-GB", PHONE)])
def test_a_fault_is_found_and_put_right(browser: Browser, site: Site, language: str, size: dict[str, int]) -> None:
    with ThreadPoolExecutor() as aside:  # Playwright has this thread's loop
        aside.submit(asyncio.run, _plant(site)).result()
    _measure(site)
    page, inspector = _keeper(browser, site, "keeper", language, size)
    inspector.look("overview")
    page.click("main a[href='/registers/person']")
    inspector.look("register")
    page.goto(f"http://registers.localhost:{site.port}/registers/person/queue?rule=address_there")
    inspector.look("queue")
    page.locator("tbody a").first.click()
    inspector.look("finding")
    address = page.url
    page.click("form[action$=claim] button")
    inspector.look("claimed")
    page.click("main a[href$='/correct/address']")
    page.click("main form button")
    inspector.look("correction with errors")
    page.fill("#value", "Số 5 Đường Lê Lợi")
    page.fill("#note", "Giấy khai sinh bản chính")
    page.click("main form button")
    inspector.look("proposed")
    other, looking = _keeper(browser, site, "keeper-approver", language, size, script=False)
    other.goto(address)
    other.click("button[value=approve]")
    assert other.locator("form button[value=approve]").count() == 0
    assert other.locator("main dl", has_text="Số 5 Đường Lê Lợi").count() == 1
    page.goto(address)
    inspector.look("fixed")
    assert len(inspector.seen) == 8
    assert not looking.seen
