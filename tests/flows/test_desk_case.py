"""The page of a case on the desk: its papers, and what its officials do in one step."""

import re

import pytest

from dinh.cases import catalogue_of
from dinh.cases.workplace.rules import at_once
from tests.flows.deskwork import CODE, Counter, file_case, ready_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


def _papers(page: str) -> dict[str, list[str]]:
    """The check-list of a case: what is said of each paper, by the state it is in."""
    found: dict[str, list[str]] = {}
    for state, words in re.findall(r"<li(?: class=\"is-\w+\")?><b>([^<]+):</b>(.*?)</li>", page.partition("Giấy tờ kèm theo</h2>")[2], re.DOTALL):
        found.setdefault(state, []).append(words)
    return found


async def test_an_officer_sees_which_papers_are_there_which_are_missing_and_which_are_not_asked_for(world: World) -> None:
    code = await file_case(world, "Lê Đủ Giấy")
    registrar = await world.sign_in(world.account("registrar"))
    papers = _papers((await registrar.get(f"/desk/{code}")).text)
    assert {state: len(words) for state, words in papers.items()} == {"Đã có": 1, "Không phải nộp": 2, "Không yêu cầu": 3}
    assert f'href="/desk/{code}/papers/birth_notice"' in papers["Đã có"][0], "the file stands beside its line"
    assert "giay-chung-sinh.pdf" in papers["Đã có"][0]
    witness = next(words for words in papers["Không yêu cầu"] if "người làm chứng" in words)
    assert "Khi " in witness, "with the condition on which it would be"

    asked = {"field.no_birth_notice": "yes", "reason": "Giấy chứng sinh không phải của trẻ này"}
    assert (await registrar.post(f"/desk/{code}/supplement", asked)).status_code == 200
    await world.settle()
    mother = await world.sign_in(world.account("mother"))
    await mother.post(f"/cases/{code}/answer", {"no_birth_notice": "yes", "text": "Trẻ sinh tại nhà"})
    await world.settle()
    papers = _papers((await registrar.get(f"/desk/{code}")).text)
    assert "người làm chứng" in papers["Còn thiếu"][0]
    notice = next(words for words in papers["Không yêu cầu"] if "Giấy chứng sinh (" in words)
    assert "giay-chung-sinh.pdf" in notice, "what was filed can be opened still"


async def test_a_paper_from_the_counter_was_seen_until_it_is_asked_for_again(world: World) -> None:
    registrar = await world.sign_in(world.account("registrar"))
    counter = Counter(world, registrar)
    await counter.begin()
    await registrar.post(counter.path, counter.typed("Lê Giấy Quầy"))
    done = await registrar.post(counter.path, {**counter.typed("Lê Giấy Quầy"), "do": "enter"})
    code = CODE.findall(str(done.url))[0]
    papers = _papers((await registrar.get(f"/desk/{code}")).text)
    assert "Giấy chứng sinh" in papers["Đã xem bản chính tại quầy"][0]
    assert "Còn thiếu" not in papers
    await registrar.post(f"/desk/{code}/supplement", {"field.birth_notice": "yes", "reason": "Cần bản chụp để lưu"})
    papers = _papers((await registrar.get(f"/desk/{code}")).text)
    assert "Giấy chứng sinh" in papers["Đã yêu cầu nộp lại"][0]
    assert "Đã xem bản chính tại quầy" not in papers


async def test_one_press_accepts_asks_the_registers_and_proposes_when_everything_agrees(world: World) -> None:
    code = await file_case(world, "Lê Một Bước")
    registrar = await world.sign_in(world.account("registrar"))
    assert 'name="approve"' in (await registrar.get(f"/desk/{code}")).text
    done = await registrar.post(f"/desk/{code}/accept", {"approve": "yes"})
    assert done.status_code == 200
    assert "Không khớp" not in done.text
    chair = await world.sign_in(world.account("chairperson"))
    assert code in (await chair.get("/desk?show=decision")).text
    own = await registrar.post(f"/desk/{code}/decide", {"outcome": "approve", "factor": "000000"})
    assert own.status_code == 403, "four eyes stay"


async def test_nothing_is_proposed_in_one_press_while_something_is_left_to_look_into(world: World) -> None:
    registrar = await world.sign_in(world.account("registrar"))
    counter = Counter(world, registrar)
    await counter.begin()
    typed = {**counter.typed("Lê Chưa Khớp"), "father_name": "Đỗ Văn Khác"}
    await registrar.post(counter.path, typed)
    code = CODE.findall(str((await registrar.post(counter.path, {**typed, "do": "enter"})).url))[0]
    kept = await registrar.post(f"/desk/{code}/check", {"approve": "yes"})
    assert kept.status_code == 409
    assert "Chưa đề xuất" in kept.text
    assert "Không khớp" in kept.text, "what the registers answered is on the page"
    assert f'action="/desk/{code}/propose"' in kept.text
    assert code not in (await registrar.get("/desk?show=decision")).text
    assert "Chưa đề xuất" not in (await registrar.post(f"/desk/{code}/check")).text


async def test_a_paper_that_prints_the_officers_reasons_is_never_proposed_unread(world: World) -> None:
    known = catalogue_of(world.desk.country).versions
    assert at_once(known[world.procedure][-1])
    letters = {code for code, versions in known.items() if versions[-1].outcome.gives_reasons}
    assert letters
    assert not any(at_once(known[code][-1]) for code in letters)


async def test_a_decision_is_one_code_and_one_press_and_a_wrong_code_is_said_where_it_was_typed(world: World) -> None:
    code, account = await ready_case(world, "Lê Ký Một Bước"), world.account("chairperson")
    chair = await world.sign_in(account)
    page = (await chair.get(f"/desk/{code}")).text
    assert 'type="radio"' not in page, "which press it is says what is decided"
    wrong = await chair.post(f"/desk/{code}/decide", {"outcome": "refuse", "reason": "Sai đơn vị", "reference": "60/2014/QH13", "factor": "000000"})
    assert wrong.status_code == 422
    assert 'href="#refuse-factor"' in wrong.text
    assert 'id="refuse-factor-error"' in wrong.text
    assert 'id="factor-error"' not in wrong.text
    assert "Sai đơn vị" in wrong.text, "what was typed stays"
    done = await chair.post(f"/desk/{code}/decide", {"outcome": "approve", "factor": await world.code(account)})
    assert done.status_code == 200
