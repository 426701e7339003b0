"""What can come between filing and the result: a request for more and its answer, and withdrawal."""

from playwright.sync_api import Page

from tests.browser.inspector import Inspector
from tests.browser.people import PAPER, People
from tests.browser.steps import BOTH, Look, find_case, nothing, open_turn, until


def _ask_for_more(desk: Page, code: str, look: Look) -> None:
    open_turn(desk, "supplement")
    desk.click("form[action$='/supplement'] button")
    look("supplement with errors")
    desk.check("#ask-birth_notice")
    desk.click("form[action$='/supplement'] button")
    assert desk.is_checked("#ask-birth_notice"), "what was chosen stays"
    desk.fill("#supplement-reason", "Ảnh giấy chứng sinh bị mờ, không đọc được")
    desk.click("form[action$='/supplement'] button")
    look("supplement asked for")
    desk.click(f"a[href='/desk/{code}/slips/supplement-1']")
    look("form 02 at the desk")


def _answer(page: Page, look: Look) -> None:
    look("waiting for you")
    page.click("main .dinh-rows a[href$='/slips/supplement-1']")
    look("form 02")
    page.click(".govuk-back-link")
    page.click("main .dinh-answer a[href$='/answer']")
    look("answer")
    page.fill("#text", "x" * 3000)
    page.click("main form button:not(.dinh-default)")
    look("answer with errors")
    page.fill("#text", "Tôi đã chụp lại")
    page.set_input_files("#birth_notice", files=[PAPER])
    page.click("main form button:not(.dinh-default)")
    look("answered")


@BOTH
def test_more_is_asked_for_and_given(people: People, language: str, size: dict[str, int]) -> None:
    site, code = people.site, people.hand("registrar").enter(f"Trần Khuê Bổ Sung {language[:2]}")
    desk, page = (people.window(role, language, size) for role in ("registrar", "mother"))
    look, seen = Inspector(desk).look, Inspector(page)
    find_case(desk, site, code, nothing)
    _ask_for_more(desk, code, look)
    until(page, f"{site.portal}/cases/{code}", lambda: page.locator("main a[href$='/answer']").count() > 0)
    _answer(page, seen.look)
    until(desk, site.desk(f"/desk/{code}"), lambda: desk.locator("blockquote").count() > 0)
    assert "Tôi đã chụp lại" in desk.inner_text("blockquote")
    look("answer at the desk")
    desk.click("main a[href$='/papers/birth_notice']")
    look("paper beside the form")
    until(page, f"{site.portal}/cases/{code}", lambda: page.locator(".dinh-answer--plain").count() == 0)
    seen.look("the clock runs again")


@BOTH
def test_a_case_is_withdrawn(people: People, language: str, size: dict[str, int]) -> None:
    site, code = people.site, people.hand("registrar").enter(f"Trần Khuê Rút {language[:2]}")
    page = people.window("mother", language, size)
    look = Inspector(page).look
    until(page, f"{site.portal}/cases/{code}", lambda: page.locator("main a[href$='/withdraw']").count() > 0)
    page.click("main a[href$='/slips/receipt']")
    look("form 01")
    page.click(".govuk-back-link")
    page.click("main a[href$='/withdraw']")
    look("withdraw")
    page.fill("#reason", "x" * 3000)
    page.click("main form button")
    look("withdraw with errors")
    assert page.input_value("#reason") == "x" * 3000, "what was typed stays"
    page.fill("#reason", "Tôi sẽ nộp ở nơi khác")
    page.click("main form button")
    look("withdrawing")
    until(page, f"{site.portal}/cases/{code}", lambda: page.locator("main a[href$='/slips/withdrawal-1']").count() > 0)
    look("withdrawn")
    page.click("main .dinh-rows a[href$='/slips/withdrawal-1']")
    look("withdrawal confirmed")
    desk = people.window("registrar", language, size)
    desk.goto(site.desk("/desk?show=settled"))
    assert desk.locator(f"main th a[href='/desk/{code}']").count() == 1
    Inspector(desk).look("settled")
