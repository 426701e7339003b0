"""A whole birth by keyboard alone: the mother, the registrar and the chairperson touch nothing else."""

from playwright.sync_api import Page

from tests.browser.keyboard import Keys
from tests.browser.people import DESKTOP, PAPER, PHONE, People, birth_of
from tests.browser.site import Site
from tests.browser.steps import returned, until

CHILD = "Trần Ngọc Khuê Phím"


def _sign_in(keys: Keys, site: Site, role: str) -> None:
    account = site.account(role)
    keys.write("#number", account.username)
    keys.write("#password", account.password)
    keys.enter()
    keys.write("#code", site.code(account))
    keys.enter()


def _find(keys: Keys, site: Site) -> None:
    keys.page.goto(site.portal)
    keys.skip()
    keys.write("#q", "khai sinh")
    keys.enter()
    keys.skip()
    keys.follow("main li a[href='/services/1.001193']")
    keys.skip()
    keys.follow("main form[action$='/start'] button")
    _sign_in(keys, site, "mother")
    keys.skip()
    keys.follow("main form[action$='/start'] button")


def _describe_the_child(keys: Keys, typed: dict[str, str]) -> None:
    """Once with nothing in it: the summary has the focus, and its links lead to the fields."""
    keys.follow("#go-on")
    assert keys.page.evaluate("document.activeElement.className") == "govuk-error-summary"
    keys.to(".govuk-error-summary a[href='#child_name']")
    keys.press("Enter")
    assert keys.page.evaluate("document.activeElement.id") == "child_name"
    keys.page.keyboard.type(typed["child_name"])
    keys.to("#child_sex")
    keys.press("ArrowDown")
    assert keys.page.is_checked("#child_sex-2")
    for field in ("child_birth_date-day", "child_birth_date-month", "child_birth_date-year", "child_birth_place"):
        keys.write(f"#{field}", typed[field])
    keys.to("#child_birth_date-year", "Shift+Tab")
    keys.follow("#go-on")


def _attach(keys: Keys) -> None:
    with keys.page.expect_file_chooser() as chooser:
        keys.to("#birth_notice")
        keys.press("Enter")
    chooser.value.set_files(files=[PAPER])


def _file(keys: Keys, site: Site) -> str:
    typed = birth_of(site, CHILD)
    keys.mark("#relation")
    keys.mark("#married")
    keys.follow("#go-on")
    keys.follow("#go-on")
    _describe_the_child(keys, typed)
    keys.write("#father_name", typed["father_name"])
    keys.write("#father_number", typed["father_number"])
    keys.enter()
    _attach(keys)
    keys.follow("#go-on")
    keys.follow("main form button")
    until(keys.page, keys.page.url, lambda: "/cases/" in keys.page.url)
    return keys.page.url.rsplit("/", 1)[1]


def _handle(keys: Keys, site: Site, code: str) -> None:
    keys.page.goto(site.desk())
    keys.skip()
    keys.write("#q", code)
    keys.enter()
    keys.skip()
    keys.follow(f"main th a[href='/desk/{code}']")
    keys.skip()
    keys.follow("form[action$='/accept'] button")
    keys.skip()
    keys.mark("form[action$=propose] #outcome")
    keys.write("#note", "Đủ điều kiện")
    keys.follow("form[action$=propose] button")


def _sign(keys: Keys, site: Site, code: str) -> None:
    """From row to row with the arrows, as the desk's lists allow."""
    keys.page.goto(site.desk("/desk?show=decision"))
    keys.skip()
    keys.to("main th a")
    while keys.page.evaluate("document.activeElement.getAttribute('href')") != f"/desk/{code}":
        keys.to("main th a", "ArrowDown")
    keys.enter()
    keys.skip()
    keys.write("#factor", site.code(site.account("chairperson")))
    keys.enter()


def _open_certificate(keys: Keys, site: Site, code: str) -> None:
    returned(keys.page, site, code)
    keys.skip()
    keys.follow("main a[href='/documents']")
    keys.skip()
    keys.follow(f"main li:has(a[href='/cases/{code}']) h3 a")


def _page(people: People, role: str, size: dict[str, int]) -> Page:
    return people.window(role, "vi-VN", size)


def test_a_birth_by_keyboard_alone(people: People) -> None:
    site, keys = people.site, Keys(people.stranger("vi-VN", PHONE))
    _find(keys, site)
    code = _file(keys, site)
    _handle(Keys(_page(people, "registrar", DESKTOP)), site, code)
    _sign(Keys(_page(people, "chairperson", DESKTOP)), site, code)
    _open_certificate(keys, site, code)
    keys.to("main a[href$='/file']")
    assert keys.page.locator("main .dinh-answer").count() == 1
