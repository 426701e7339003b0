"""The desk beyond one case's way: the counter, the signing queue, lent authority, the register and the control slip."""

from datetime import date, timedelta

from playwright.sync_api import Page

from tests.browser.inspector import Inspector
from tests.browser.people import BIRTH, CODE, PAPER, People, birth_of
from tests.browser.site import Site
from tests.browser.steps import BOTH, Look, decide, find_case, nothing

ORDER = "QĐ 12/QĐ-UBND"


def _begin_at_the_counter(desk: Page, site: Site, look: Look) -> None:
    desk.goto(site.desk("/desk/counter"))
    look("counter")
    desk.select_option("#procedure", BIRTH)
    desk.fill("#number", "000000000000")
    desk.click("main form button")
    look("counter with an error")
    assert desk.input_value("#number") == "000000000000"
    desk.fill("#number", site.account("mother").username)
    desk.click("main form button")
    look("counter form")
    assert site.account("mother").name in desk.inner_text("main")


def _enter(desk: Page, site: Site, name: str, look: Look) -> str:
    """Questions come up as they are answered: saved once between."""
    desk.check("#relation")
    desk.check("#married")
    desk.click("button[value=save]")
    desk.check("#child_sex-2")
    for field, text in birth_of(site, name).items():
        if field not in {"relation", "married", "child_sex"}:
            desk.fill(f"#{field}", text)
    desk.fill("#child_name", "")
    desk.set_input_files("#birth_notice", files=[PAPER])
    desk.click("button[value=enter]")
    look("counter form with an error")
    assert desk.input_value("#father_name") == site.account("father").name, "what was typed stays"
    desk.fill("#child_name", name)
    desk.click("button[value=enter]")
    look("form 01 at the desk")
    return str(CODE.findall(desk.url)[0])


@BOTH
def test_an_officer_enters_a_birth_at_the_counter(people: People, language: str, size: dict[str, int]) -> None:
    site, desk = people.site, people.window("registrar", language, size)
    look = Inspector(desk).look
    _begin_at_the_counter(desk, site, look)
    code = _enter(desk, site, f"Trần Khuê Quầy {language[:2]}", look)
    assert desk.locator("main a[href$='/slips/receipt/pdf']").count() == 1
    find_case(desk, site, code, look)
    look("entered case")
    assert desk.locator(".dinh-checks li.is-good a[href$='/papers/birth_notice']").count() == 1, "the scan stands in the check-list"
    desk.click("main a[href$='/papers/birth_notice']")
    look("scan beside the form")
    desk.goto(site.desk(f"/desk/{code}/control"))
    look("form 06")
    desk.goto(site.desk("/desk/register"))
    look("form 07")
    assert desk.locator(f"main td a[href='/desk/{code}']").count() == 1


@BOTH
def test_several_are_accepted_at_once(people: People, language: str, size: dict[str, int]) -> None:
    site, codes = people.site, [people.hand("mother").file(f"Trần Khuê Gộp {number} {language[:2]}") for number in ("Một", "Hai")]
    desk = people.window("registrar", language, size)
    look = Inspector(desk).look
    desk.goto(site.desk("/desk?show=new"))
    for code in codes:
        desk.check(f"[name='case.{code}']")
    desk.click("form[action='/desk/accept'] button")
    look("accepted together")
    assert all(code in desk.inner_text("main ul") for code in codes)


@BOTH
def test_one_code_signs_several_decisions(people: People, language: str, size: dict[str, int]) -> None:
    site, hand = people.site, people.hand("registrar")
    codes = [hand.ready(f"Trần Khuê Ký {number} {language[:2]}") for number in ("Một", "Hai")]
    chair = people.window("chairperson", language, size)
    look = Inspector(chair).look
    chair.goto(site.desk("/desk/sign"))
    look("signing queue")
    drawn = people.hand("chairperson").get(chair.get_attribute(f"main a[href='/desk/{codes[0]}/preview']", "href") or "")
    assert drawn.startswith(b"%PDF-")
    for code in codes:
        chair.check(f"[name='case.{code}']")
    chair.fill("#factor", "12")
    chair.click("main form button")
    look("signing queue with an error")
    assert all(chair.is_checked(f"[name='case.{code}']") for code in codes), "the choice stays"
    chair.fill("#factor", site.code(site.account("chairperson")))
    chair.click("main form button")
    look("signed")
    assert all(code in chair.inner_text(".dinh-answer") for code in codes)


def _lend(chair: Page, site: Site, look: Look) -> None:
    """For a week from today."""
    chair.goto(site.desk("/desk/sign"))
    chair.click("main a[href='/desk/delegations']")
    look("delegations")
    chair.select_option("#post", label=chair.locator("#post option[value$='.reception']").inner_text())
    chair.select_option("#procedure", BIRTH)
    today = date.today()
    for name, day in (("since", today), ("last", today + timedelta(days=7))):
        for part, value in (("day", day.day), ("month", day.month), ("year", day.year)):
            chair.fill(f"#{name}-{part}", str(value))
    chair.click("main form:last-of-type button")
    look("delegations with an error")
    assert chair.input_value("#last-year") == str((today + timedelta(days=7)).year), "what was typed stays"
    chair.fill("#ref", ORDER)
    chair.click("main form:last-of-type button")
    look("lent")


def _status(page: Page, site: Site) -> int:
    answer = page.goto(site.desk("/desk/sign"))
    assert answer
    return answer.status


@BOTH
def test_lent_authority_decides_and_is_taken_back(people: People, language: str, size: dict[str, int]) -> None:
    site, code = people.site, people.hand("registrar").ready(f"Trần Khuê Ủy Quyền {language[:2]}")
    chair, other = (people.window(role, language, size) for role in ("chairperson", "reception"))
    look, seen = Inspector(chair).look, Inspector(other).look
    assert _status(other, site) == 403
    seen("not lent")
    _lend(chair, site, look)
    find_case(other, site, code, nothing)
    decide(other, site, "reception")
    seen("decided on loan")
    assert other.locator("form[action$=decide]").count() == 0
    chair.click("form[action$=revoke] button")
    look("taken back")
    assert _status(other, site) == 403
