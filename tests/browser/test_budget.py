"""What a first visit costs, with nothing in the cache: fonts, styles and script included; and that it paints without script."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from dinh.app.databases import Databases
from dinh.kernel.settings import Settings
from tests.browser.inspector import Inspector
from tests.browser.people import DESKTOP, PHONE, People
from tests.browser.site import Site

BUDGET = 100_000
PUBLIC = ("/", "/search?q=khai+sinh", "/services/1.001193", "/sign-in", "/verify", "/figures")
OWN = ("/", "/applications", "/documents", "/my-data", "/notices", "/services/1.001193/start")
DESK = ("/desk", "/desk/register", "/desk/counter")
FULL = ("/desk", "/desk?show=new", "/desk?show=decision", "/desk/search?q=khue", "/desk/register")
MANY = 120
# Copies of a case, as far as lists look at it; of the procedure with the longest name.
COPY = """INSERT INTO cases.case SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'application', gen_random_uuid(),
            'code', left(c.code, 15) || (9000 + n), 'procedure', '1.004873'))).* FROM cases.case c CROSS JOIN generate_series(1, $2::int) n WHERE c.code = $1"""


def transferred(context: BrowserContext, address: str) -> int:
    """Bytes over the wire, headers included, of a page and all that it loads."""
    page, sizes = context.new_page(), list[float]()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    page.close()
    return int(sum(sizes))


def _over(context: BrowserContext, origin: str, paths: tuple[str, ...]) -> dict[str, int]:
    found = {path: transferred(context, origin + path) for path in paths}
    print(found)  # noqa: T201
    return {path: size for path, size in found.items() if size > BUDGET}


@pytest.mark.parametrize("language", ["vi-VN", "en-GB"])
def test_a_public_page_stays_in_its_budget(browser: Browser, site: Site, language: str) -> None:
    assert _over(browser.new_context(locale=language), site.portal, PUBLIC) == {}


@pytest.mark.parametrize(("role", "paths"), [("mother", OWN), ("registrar", DESK)])
def test_a_page_behind_the_sign_in_stays_in_its_budget(browser: Browser, site: Site, role: str, paths: tuple[str, ...]) -> None:
    context, origin = browser.new_context(locale="vi-VN"), site.portal if role == "mother" else site.desk("")
    page = context.new_page()
    page.goto(origin + paths[1])
    site.sign_in(page, role)
    assert _over(context, origin, paths) == {}


async def _command(site: Site, sql: str, *values: object) -> None:
    databases = Databases(Settings(home=site.home, port=site.port))
    connection = await databases.owner(databases.name("haiphong"))
    try:
        await connection.execute(sql, *values)
    finally:
        await connection.close()


def _aside(site: Site, sql: str, *values: object) -> None:
    """Playwright has this thread's loop."""
    with ThreadPoolExecutor() as aside:
        aside.submit(asyncio.run, _command(site, sql, *values)).result()


@pytest.mark.parametrize("language", ["vi-VN", "en-GB"])
def test_a_full_desk_stays_in_its_budget(people: People, language: str) -> None:
    site, code = people.site, people.hand("mother").file(f"Trần Khuê Nặng {language[:2]}")
    _aside(site, COPY, code, MANY)
    try:
        desk = people.window("registrar", language, DESKTOP if language == "vi-VN" else PHONE)
        desk.goto(site.desk("/desk/register"))
        Inspector(desk).look(f"full register {language}")
        desk.click(".govuk-pagination__next a")
        Inspector(desk).look("the register's next page")
        desk.goto(site.desk("/desk?show=new"))
        Inspector(desk).look(f"full desk {language}")
        assert _over(desk.context, site.desk(""), FULL) == {}
    finally:
        _aside(site, "DELETE FROM cases.case WHERE code LIKE $1", code[:15] + "9___")


def _painted(page: Page) -> bool:
    """The browser says so a moment after it happened."""
    for _ in range(50):
        if "first-contentful-paint" in page.evaluate("performance.getEntriesByType('paint').map(entry => entry.name)"):
            return True
        page.wait_for_timeout(50)
    return False


def test_the_first_paint_needs_no_script(browser: Browser, site: Site) -> None:
    context, asked = browser.new_context(locale="vi-VN", java_script_enabled=False), list[str]()
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.resource_type))
    for path in PUBLIC:
        page.goto(site.portal + path)
        assert _painted(page), path
        assert page.locator("main h1").is_visible(), path
    assert "script" not in asked
