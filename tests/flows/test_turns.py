"""Every turn that a case can take, through HTTP: who may take it from which state, what the applicant sees, and the clock."""

import html
import re
import subprocess
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from dinh.cases.desk import OPEN, TURNS
from dinh.kernel import clock
from tests.flows import births
from tests.world import PDF, Visitor, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
REASON = {"reason": "Ảnh giấy chứng sinh bị mờ, không đọc được", "reference": "60/2014/QH13"}


class Desk:
    """The people of one commune and its applicant, signed in."""

    def __init__(self, world: World, mother: Visitor, registrar: Visitor, chair: Visitor) -> None:
        self.world, self.mother, self.registrar, self.chair = world, mother, registrar, chair
        self._made = 0

    async def file(self) -> str:
        self._made += 1
        return await births.file_case(
            self.world, self.mother, f"Trần Lượt {'abcdefghijklmnopqrstuvwxyz'[self._made % 26].upper()}{'ă' * (self._made // 26)}"
        )

    async def state(self, code: str) -> tuple[str, bool]:
        """The agency's state, and whether a proposal waits."""
        async with self.world.desk.pool.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL ROLE dinh_system")
            row = await connection.fetchrow("SELECT id, state FROM cases.case WHERE code = $1", code)
            assert row
            waits = await connection.fetchval("SELECT 1 FROM cases.proposal WHERE case_id = $1 AND returned_at IS NULL", row["id"])
        return row["state"], bool(waits)

    async def take(self, turn: str, code: str) -> httpx.Response:
        """One turn, as its own people take it."""
        account = self.world.account("chairperson")
        forms: dict[str, Callable[[], Awaitable[httpx.Response]]] = {
            "accept": lambda: self.registrar.post(f"/desk/{code}/accept"),
            "turn_down": lambda: self.registrar.post(f"/desk/{code}/turn-down", REASON),
            "check": lambda: self.registrar.post(f"/desk/{code}/check"),
            "propose": lambda: self.registrar.post(f"/desk/{code}/propose", {"outcome": "approve", "note": "Đủ điều kiện"}),
            "supplement": lambda: self.registrar.post(f"/desk/{code}/supplement", {"field.birth_notice": "yes", **REASON}),
            "apologise": lambda: self.registrar.post(f"/desk/{code}/apologise", {"promised_on": _working_day(40), **REASON}),
            "stop": lambda: self.registrar.post(f"/desk/{code}/stop", REASON),
            "hand_over": lambda: self.registrar.post(f"/desk/{code}/hand-over", {"post": f"{self.world.demo.units[0]}.reception"}),
            "send_back": lambda: self.chair.post(f"/desk/{code}/send-back"),
        }
        if turn == "decide":
            return await self.chair.post(f"/desk/{code}/decide", {"outcome": "approve", "factor": await self.world.code(account)})
        if turn == "answer":
            return await self.mother.post(f"/cases/{code}/answer", {}, files={"birth_notice": ("moi.pdf", PDF, "application/pdf")})
        if turn == "withdraw":
            return await self.mother.post(f"/cases/{code}/withdraw", {"reason": "Tôi sẽ nộp ở nơi khác"})
        return await forms[turn]()

    async def bring(self, state: str) -> str:
        """A new case in this state; `proposed` is `processing` with a proposal."""
        code = await self.file()
        ways = {
            "submitted": [], "processing": ["accept", "check"], "proposed": ["accept", "check", "propose"], "supplement": ["accept", "supplement"],
            "rejected": ["turn_down"], "stopped": ["accept", "stop"], "withdrawal": ["withdraw"], "returned": ["accept", "check", "propose", "decide"],
        }  # fmt: skip
        for turn in ways[state]:
            response = await self.take(turn, code)
            assert response.status_code == 200, (turn, response.text)
        await self.world.settle()
        return code


def _working_day(days: int) -> str:
    """A weekday far enough ahead."""
    day = date(2026, 11, 20) + timedelta(days=days)
    while day.weekday() > 4 or (day.month, day.day) in {(1, 1), (1, 2)}:
        day += timedelta(days=1)
    return day.isoformat()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(world: World) -> Desk:
    accounts = [world.account("mother"), world.account("registrar"), world.account("chairperson")]
    mother, registrar, chair = [await world.sign_in(account) for account in accounts]
    return Desk(world, mother, registrar, chair)


STATES = ["submitted", "processing", "proposed", "supplement", "rejected", "stopped", "withdrawal", "returned"]
# Where each turn leads, as an official would draw it on paper; written down apart from the code's own table.
LEADS = {
    ("submitted", "accept"): "processing", ("submitted", "turn_down"): "rejected", ("submitted", "supplement"): "supplement",
    ("submitted", "withdraw"): "withdrawal",
    ("processing", "check"): "processing", ("processing", "propose"): "proposed", ("processing", "supplement"): "supplement",
    ("processing", "apologise"): "processing", ("processing", "stop"): "stopped", ("processing", "hand_over"): "processing",
    ("processing", "withdraw"): "withdrawal",
    ("proposed", "decide"): "returned", ("proposed", "send_back"): "processing", ("proposed", "apologise"): "proposed",
    ("proposed", "hand_over"): "processing", ("proposed", "withdraw"): "withdrawal",
    ("supplement", "answer"): "processing", ("supplement", "stop"): "stopped", ("supplement", "hand_over"): "supplement",
    ("supplement", "withdraw"): "withdrawal",
}  # fmt: skip


async def test_the_table_names_every_state_and_turn_that_the_engine_knows() -> None:
    assert {turn for _, turn in LEADS} == set(TURNS)
    assert {state for state, _ in LEADS} - {"proposed"} == set(OPEN)


@pytest.mark.parametrize("state", STATES)
async def test_every_turn_from_every_state(desk: Desk, state: str) -> None:
    """Open turns lead where the table says; every other one is refused and changes nothing."""
    stays = await desk.bring(state)
    for turn in TURNS:
        if (state, turn) in LEADS:
            code = await desk.bring(state)
            response = await desk.take(turn, code)
            assert response.status_code == 200, (state, turn, response.text)
            await desk.world.settle()
            expected = LEADS[state, turn]
        else:
            code, expected = stays, state
            response = await desk.take(turn, code)
            assert response.status_code in {409, 200}, (state, turn, response.status_code)
            assert response.status_code == 409 or turn in {"answer", "withdraw"}, (state, turn)
            await desk.world.settle()
        found, proposed = await desk.state(code)
        assert ("proposed" if proposed and found == "processing" else found) == expected, (state, turn)


async def test_the_clock_stands_while_the_applicant_is_asked_and_goes_on_after(desk: Desk, tmp_path: Path) -> None:
    code = await desk.bring("supplement")
    before = await _due(desk.world, code)
    page = (await desk.mother.get(f"/cases/{code}")).text
    assert "Cơ quan đang chờ bạn bổ sung hồ sơ" in page
    assert REASON["reason"] in page
    assert "Thời hạn tạm dừng từ" in page
    slip = await desk.mother.get(f"/cases/{code}/slips/supplement-1")
    assert "Mẫu số 02" in slip.text
    assert "Giấy chứng sinh" in slip.text
    words = _accessible_words(await desk.mother.get(f"/cases/{code}/slips/supplement-1/pdf"), tmp_path)
    assert "PHIẾU YÊU CẦU BỔ SUNG" in words
    assert "Ảnh giấy chứng sinh bị mờ" in words
    missing = await desk.mother.post(f"/cases/{code}/answer", {"text": "x" * 3000})
    assert missing.status_code == 422
    try:
        clock.shift(5 * 86400)
        await desk.world.go_on()
        mother = await desk.world.sign_in(desk.world.account("mother"))
        response = await mother.post(
            f"/cases/{code}/answer", {"text": "Tôi đã chụp lại"}, files={"birth_notice": ("moi.pdf", PDF, "application/pdf")}
        )
        assert "đang được chuyển tới cơ quan" in response.text
        await desk.world.settle()
    finally:
        clock.shift(0)
    assert await _due(desk.world, code) > before
    case = (await desk.registrar.get(f"/desk/{code}")).text
    assert "Tôi đã chụp lại" in case
    assert "Chưa đối chiếu" in case, "what the registers said about the old papers is stale"


async def test_an_answer_is_sent_once_and_a_late_one_changes_nothing(desk: Desk) -> None:
    code = await desk.bring("supplement")
    await desk.take("answer", code)
    await desk.take("answer", code)
    await desk.world.settle()
    async with desk.world.desk.pool.acquire() as connection:
        count = await connection.fetchval("SELECT count(*) FROM kernel.event WHERE subject = $1 AND type = 'cases:case:supplement_answered'", code)
    assert count == 1


async def test_only_what_was_asked_for_can_be_changed(desk: Desk) -> None:
    """An answer that changes the child's name beside the paper that was asked for changes nothing else."""
    code = await desk.bring("supplement")
    files = {"birth_notice": ("moi.pdf", PDF, "application/pdf")}
    await desk.mother.post(f"/cases/{code}/answer", {"child_name": "Kẻ Khác", "unit": "11311"}, files=files)
    await desk.world.settle()
    assert "Kẻ Khác" not in (await desk.registrar.get(f"/desk/{code}")).text
    asked = await desk.registrar.post(f"/desk/{code}/supplement", {"field.applicant_name": "yes", "field.unit": "yes", **REASON})
    assert asked.status_code == 422, "what a register vouches for is not asked again"


@pytest.mark.parametrize(
    ("state", "slip", "title"),
    [("rejected", "refusal-1", "PHIẾU TỪ CHỐI"), ("stopped", "stop-1", "THÔNG BÁO DỪNG"), ("withdrawal", "withdrawal-1", "XÁC NHẬN RÚT HỒ SƠ")],
)
async def test_an_ending_tells_its_reason_on_the_page_and_as_a_paper(desk: Desk, tmp_path: Path, state: str, slip: str, title: str) -> None:
    code = await desk.bring(state)
    reason = "Tôi sẽ nộp ở nơi khác" if state == "withdrawal" else REASON["reason"]
    page = (await desk.mother.get(f"/cases/{code}")).text
    assert reason in page
    assert f"/cases/{code}/slips/{slip}" in page
    assert reason in (await desk.mother.get(f"/cases/{code}/slips/{slip}", headers={"accept-language": "en"})).text
    assert title in _accessible_words(await desk.mother.get(f"/cases/{code}/slips/{slip}/pdf"), tmp_path)
    assert title in _accessible_words(await desk.registrar.get(f"/desk/{code}/slips/{slip}/pdf"), tmp_path)


async def test_a_withdrawal_that_says_too_much_keeps_what_was_typed(desk: Desk) -> None:
    code = await desk.bring("processing")
    page = await desk.mother.post(f"/cases/{code}/withdraw", {"reason": "Tôi đổi ý. " * 300})
    assert page.status_code == 422
    assert "Tôi đổi ý. Tôi đổi ý." in page.text


async def test_a_refused_decision_tells_its_reason_and_reference(desk: Desk) -> None:
    code = await desk.bring("proposed")
    factor = await desk.world.code(desk.world.account("chairperson"))
    bare = await desk.chair.post(f"/desk/{code}/decide", {"outcome": "refuse", "factor": factor})
    assert bare.status_code == 422
    assert 'href="#decide-reason"' in bare.text
    assert 'id="decide-reason"' in bare.text
    await births.decide(desk.world, code, "refuse")
    await desk.world.settle()
    page = (await desk.mother.get(f"/cases/{code}")).text
    assert "Trẻ đã được đăng ký ở nơi khác" in page
    assert "60/2014/QH13" in page


async def test_an_apology_promises_a_day_and_the_day_of_the_law_stays(desk: Desk, tmp_path: Path) -> None:
    code = await desk.bring("processing")
    due = await _due(desk.world, code)
    for wrong in (due.isoformat(), "2026-12-05", "2031-01-01", "xx", ""):
        assert (await desk.registrar.post(f"/desk/{code}/apologise", {"promised_on": wrong, **REASON})).status_code == 422, wrong
    boxes = {"promised_on-day": "31", "promised_on-month": "2", "promised_on-year": "2027"}
    wrong_day = (await desk.registrar.post(f"/desk/{code}/apologise", {**boxes, **REASON})).text
    assert all(f'id="{box}" name="{box}" inputmode="numeric" value="{typed}"' in wrong_day for box, typed in boxes.items()), "what was typed stays"
    assert (await desk.take("apologise", code)).status_code == 200
    again = await desk.registrar.post(f"/desk/{code}/apologise", {"promised_on": _working_day(60), **REASON})
    assert again.status_code == 409, "once a case"
    await desk.world.settle()
    assert await _due(desk.world, code) == due
    page = (await desk.mother.get(f"/cases/{code}")).text
    assert "xin lỗi và hẹn lại" in page
    assert "PHIẾU XIN LỖI" in _accessible_words(await desk.mother.get(f"/cases/{code}/slips/apology-1/pdf"), tmp_path)


async def test_another_post_must_take_a_case_over_before_it_acts(desk: Desk) -> None:
    code = await desk.bring("processing")
    reception = await desk.world.sign_in(desk.world.account("reception"))
    response = await reception.post(f"/desk/{code}/propose", {"outcome": "approve", "note": "x"})
    assert response.status_code == 409
    assert "đang do người khác xử lý" in response.text
    unit = desk.world.demo.units[0]
    assert (await reception.post(f"/desk/{code}/hand-over", {"post": f"{unit}.chairperson"})).status_code == 422
    assert (await reception.post(f"/desk/{code}/hand-over", {"post": f"{unit}.reception"})).status_code == 200
    assert (await reception.post(f"/desk/{code}/propose", {"outcome": "approve", "note": "x"})).status_code == 200
    assert (await desk.registrar.post(f"/desk/{code}/check")).status_code == 409


async def test_the_control_slip_is_the_story_of_the_events(desk: Desk, tmp_path: Path) -> None:
    code = await desk.bring("returned")
    page = (await desk.registrar.get(f"/desk/{code}/control")).text
    stages = [words for words in re.findall(r'<td class="govuk-table__cell">([^<]*)</td>', page) if words in STAGES]
    assert stages == STAGES
    words = _accessible_words(await desk.registrar.get(f"/desk/{code}/control/pdf"), tmp_path)
    assert "PHIẾU KIỂM SOÁT QUÁ TRÌNH" in words
    assert "Chủ tịch Ủy ban" in words


async def test_a_case_that_is_handed_over_while_it_waits_for_its_applicant_waits_on(desk: Desk) -> None:
    code = await desk.bring("supplement")
    assert (await desk.take("hand_over", code)).status_code == 200
    assert (await _legs(desk, code))[-1] == ("Chờ người nộp hồ sơ", "", False)
    assert len(await _legs(desk, code)) == 3
    assert (await desk.take("answer", code)).status_code == 200
    await desk.world.settle()
    stage, post, ended = (await _legs(desk, code))[-1]
    assert (stage, ended) == ("Xử lý", False)
    assert "tiếp nhận" in post, "it comes back to whom it was handed to"


async def _legs(desk: Desk, code: str) -> list[tuple[str, str, bool]]:
    """Of the control slip: stage, post, and whether it has ended."""
    page = (await desk.registrar.get(f"/desk/{code}/control")).text
    rows = re.findall(r"<tr class=\"govuk-table__row\"><td.*?</tr>", page, re.DOTALL)
    cells = [re.findall(r"<td class=\"govuk-table__cell\">([^<]*)</td>", row) for row in rows]
    return [(stage, post, bool(until)) for _, stage, post, _, until in cells]


STAGES = ["Chờ tiếp nhận", "Xử lý", "Chờ quyết định", "Thực hiện quyết định"]


async def _in_register(desk: Desk, code: str) -> str:
    """The page of the register that lists the case: other tests have cases too."""
    address = "/desk/register"
    while code not in (page := (await desk.registrar.get(address)).text):
        found = re.search(r'href="([^"]*)" rel="next"', page)
        assert found, "listed nowhere"
        address = str(httpx.URL("http://desk/desk/register").join(html.unescape(found[1]))).removeprefix("http://desk")
    return page


async def test_the_register_lists_the_units_cases_without_names(desk: Desk, tmp_path: Path) -> None:
    code = await desk.bring("submitted")
    page = await _in_register(desk, code)
    assert desk.world.account("mother").name not in page
    pdf = await desk.registrar.get("/desk/register/pdf")
    assert "SỔ THEO DÕI HỒ SƠ" in _accessible_words(pdf, tmp_path)
    assert code not in (await (await desk.world.sign_in(desk.world.account("registrar", 1))).get("/desk/register")).text
    assert code not in (await desk.registrar.get("/desk/register?since=2026-01-01&until=2026-01-02")).text
    assert (await desk.registrar.get("/desk/register?since=x&until=9999-99-99")).status_code == 200


async def test_other_people_see_no_slip_and_take_no_turn(desk: Desk) -> None:
    code = await desk.bring("supplement")
    father = await desk.world.sign_in(desk.world.account("father"))
    stranger = await desk.world.sign_in(desk.world.account("registrar", 1))
    for path in (f"/cases/{code}/slips/supplement-1", f"/cases/{code}/slips/supplement-1/pdf", f"/cases/{code}/answer", f"/cases/{code}/withdraw"):
        assert (await father.get(path)).status_code == 404, path
    for path in (f"/desk/{code}/slips/supplement-1", f"/desk/{code}/slips/supplement-1/pdf", f"/desk/{code}/control", f"/desk/{code}/control/pdf"):
        assert (await stranger.get(path)).status_code == 404, path
    assert (await father.post(f"/cases/{code}/answer", {"text": "x"})).status_code == 404
    assert (await father.post(f"/cases/{code}/withdraw", {"reason": "x"})).status_code == 404
    assert (await stranger.post(f"/desk/{code}/stop", REASON)).status_code == 404
    assert (await desk.mother.get(f"/cases/{code}/slips/refusal-9")).status_code == 404
    assert (await desk.state(code))[0] == "supplement"


async def test_accepting_does_not_overtake_a_withdrawal(desk: Desk) -> None:
    code = await desk.bring("submitted")
    await desk.take("withdraw", code)
    await desk.take("accept", code)
    await desk.world.settle()
    assert (await desk.state(code))[0] == "withdrawal", "accepted while the withdrawal was on its way: it still is the applicant's to take back"


async def _due(world: World, code: str) -> date:
    async with world.desk.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE dinh_system")
        day: date = await connection.fetchval("SELECT due_on FROM cases.case WHERE code = $1", code)
    return day


def _accessible_words(response: httpx.Response, folder: Path) -> str:
    """The text of a tagged PDF with a title and a language, as poppler reads it."""
    assert response.status_code == 200, response.text
    path = folder / "slip.pdf"
    path.write_bytes(response.content)
    facts = subprocess.run(["pdfinfo", str(path)], check=True, capture_output=True).stdout.decode()
    assert re.search(r"Tagged:\s+yes", facts)
    assert re.search(r"Title:\s+\S", facts)
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True).stdout.decode()
