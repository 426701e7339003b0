"""What a first visit costs, with nothing in the cache: fonts, styles and script included; and that it paints without script."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.site import Site

BUDGET = 100_000
PUBLIC = ("/", "/search?q=khai+sinh", "/services/1.001193", "/sign-in", "/verify", "/figures")
OWN = ("/", "/applications", "/documents", "/my-data", "/notices", "/services/1.001193/start")
DESK = ("/desk", "/desk/register", "/desk/counter")


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
