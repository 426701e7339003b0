"""Who looked at one's data: answered in a sentence, narrowed, taken away whole, and questioned; one's own log alone."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from dinh.app.setup import connect
from dinh.exchange import (
    ComplaintPath,
    MemberEntry,
    Question,
    ServerEntry,
    Service,
    ServiceEntry,
    SubsystemEntry,
    access_answers,
    ask,
    end_entry,
    register_all,
)
from dinh.exchange.members import Subject
from dinh.exchange.mydata.rules import PAGE
from dinh.kernel import ids
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import Invalid, Refused
from dinh.kernel.node import Node
from tests.flows import births
from tests.flows.warehouse import stranger
from tests.world import Visitor, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


async def _person(world: World, language: str = "vi") -> tuple[Visitor, str]:
    """Somebody at whom no other test looks."""
    person = await stranger(world)
    return await world.arrive(person, world.portal, language), person


async def _seen(node: Node, person: str, number: int = 1, **told: Any) -> list[str]:
    """Entries of a node's log, a minute apart, newest first: as accesses leave them."""
    entry = {
        "agency": "H24.168", "post": "11383.registrar", "purpose": "settle", "legal_basis": "118/2025/NĐ-CP", "what": "population.person",
        "case": None, "own": False, "at": datetime.now(UTC), **told,
    }  # fmt: skip
    rows = [
        (ids.new_id(), person, entry["at"] - timedelta(minutes=at), *(entry[name] for name in ("agency", "post", "purpose", "legal_basis", "what", "case", "own")))
        for at in range(number)
    ]  # fmt: skip
    async with node.pool.acquire() as connection:
        await connection.execute("SET ROLE dinh_system")
        sql = """INSERT INTO exchange.access (id, person, at, agency, post, purpose, legal_basis, what, case_code, own)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"""
        await connection.executemany(sql, rows)
        await connection.execute("RESET ROLE")
    return [str(row[0]) for row in rows]


def _rows(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf"), "a spreadsheet needs the mark"
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


async def _export(visitor: Visitor, **query: str) -> dict[str, Any]:
    return msgspec.json.decode((await visitor.get("/my-data/export", params={"format": "json", **query})).content)  # type: ignore[no-any-return]


# The answer


async def test_one_sentence_says_how_often_and_by_how_many_agencies(world: World) -> None:
    visitor, person = await _person(world)
    empty = (await visitor.get("/my-data")).text
    assert "Trong 30 ngày qua, không có cơ quan nào xem dữ liệu của bạn." in empty
    assert "Không có lần xem nào như vậy" not in empty, "nobody has narrowed it"
    await _seen(world.registers, person, 3)
    await _seen(world.desk, person, 2, agency="H24.101", post="11311.registrar", what="cases.case")
    await _seen(world.registers, person, 4, agency="G22", post=None, purpose="prefill", own=True)
    await _seen(world.registers, person, 7, at=datetime.now(UTC) - timedelta(days=31))
    await _seen(world.portal, person, 2, agency="G22", post="system:shared", purpose="vault.log_purpose", what="vault.log_file")
    page = " ".join((await visitor.get("/my-data")).text.split())
    for words in (
        "Trong 30 ngày qua, dữ liệu của bạn được xem 5 lần bởi 2 cơ quan.", "Chính bạn xem 4 lần", "Liên kết bạn chia sẻ được mở 2 lần", "18 lần xem",
        "Vừa hỏi đủ nhật ký", ">Công chức tư pháp – hộ tịch, Phường Lê Chân</h3><p>Ủy ban nhân dân phường Lê Chân</p>", "theo ý của chính bạn",
        "Người có liên kết của bạn", "Giải quyết thủ tục hành chính", "chưa đối chiếu với công báo",
    ):  # fmt: skip
        assert words in page, words
    english = await world.arrive(person, world.portal, "en")
    assert "In the last 30 days, agencies looked at your data 5 times by 2 agencies." in " ".join((await english.get("/my-data")).text.split())


async def test_an_agency_that_cannot_be_asked_is_named_and_the_rest_is_shown(world: World) -> None:
    from dinh.exchange import Channel, Links, Receiver, Wire
    from dinh.kernel.errors import Unavailable

    visitor, person = await _person(world)
    await _seen(world.desk, person, 2)
    await _seen(world.registers, person)
    wire, links = world.portal.part(Wire), world.portal.part(Links)

    class Cut:
        async def open(self, node: str, receiver: Receiver) -> Channel:
            if node == world.registers.code:
                raise Unavailable("exchange.unreachable")
            return await wire.transport.open(node, receiver)

    world.portal.plug(Wire, Wire(Cut()))
    world.portal.plug(Links, Links(world.portal))
    try:
        page = (await visitor.get("/my-data")).text
        assert "Chưa hỏi được nhật ký của Bộ Công an" in page
        assert "2 lần xem" in page
        taken = await _export(visitor)
        assert (taken["complete"], taken["not_asked"], len(taken["entries"])) == (False, ["G01"], 2)
        assert "Chưa hỏi được nhật ký của Bộ Công an" in _rows((await visitor.get("/my-data/export?format=csv")).content)[-1][0]
    finally:
        world.portal.plug(Wire, wire)
        world.portal.plug(Links, links)
    assert (await _export(visitor))["complete"] is True


async def test_a_node_that_joined_is_asked_as_those_of_the_files_are(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files do not name it; the configuration does."""
    visitor, person = await _person(world)
    await _seen(world.registers, person, 3)
    monkeypatch.delitem(world.portal.country.nodes, world.registers.code)
    taken = await _export(visitor)
    assert (taken["complete"], len(taken["entries"]), taken["entries"][0]["node"]) == (True, 3, "registers")


async def test_who_joined_and_is_no_agency_is_told_nothing_of_the_person_and_named(world: World) -> None:
    """A node of the state that joined and is down is silent; a company's is never asked, for it knows its people by other names."""
    service = Service(
        code="accounts", provider="COMPANY", kind="ask", title={"vi": "x"}, rights=[], subsystem="app", url="http://127.0.0.1:9/", subject=[Subject("query", "n")]
    )  # fmt: skip
    who, address = system("test"), "https://127.0.0.1:9"
    company, office = {"vi": "Công ty Thử", "en": "Trial Company"}, {"vi": "Cục Mới", "en": "New Office"}
    async with world.portal.write(who) as tx:
        await register_all(tx, who, [MemberEntry("COMPANY", company, "COM"), MemberEntry("OFFICE", office, None)])
        await register_all(tx, who, [SubsystemEntry("COMPANY", "app")])
        await register_all(tx, who, [ServerEntry("company", "COMPANY", address, ["COMPANY"]), ServerEntry("office", "OFFICE", address, ["OFFICE"])])
        await register_all(tx, who, [ServiceEntry(service)])
    await connect(world.nodes, lambda _: None)
    try:
        visitor, person = await _person(world)
        await _seen(world.registers, person)
        page = (await visitor.get("/my-data")).text
        assert "Công ty Thử tự giữ nhật ký" in page
        assert "Chưa hỏi được nhật ký của Cục Mới" in page
        assert "Vừa hỏi đủ nhật ký" not in page
        taken = await _export(visitor)
        assert (taken["complete"], sorted(taken["not_asked"]), len(taken["entries"])) == (False, ["COMPANY", "OFFICE"], 1)
        async with world.portal.read(who) as tx:
            asked = await tx.value("SELECT count(*) FROM exchange.call WHERE provider = 'COMPANY'")
        assert asked == 0
    finally:
        async with world.portal.write(who) as tx:
            for kind, key in (
                ("service", "COMPANY/app/accounts"), ("server", "company"), ("server", "office"), ("subsystem", "COMPANY/app"), ("member", "COMPANY"),
                ("member", "OFFICE"),
            ):  # fmt: skip
                await end_entry(tx, who, kind, key)
        await connect(world.nodes, lambda _: None)


async def test_a_post_and_an_agency_that_are_no_more_are_shown_by_code_and_break_nothing(world: World) -> None:
    visitor, person = await _person(world)
    await _seen(world.desk, person, agency="X99", post="99999.registrar", what="gone.service", purpose="gone")
    page = await visitor.get("/my-data")
    assert (page.status_code, "X99" in page.text, "99999.registrar" in page.text) == (200, True, True)
    assert (await visitor.get("/my-data/export?format=csv")).status_code == 200


# Filters and pages


async def test_filters_by_agency_purpose_period_and_without_ones_own(world: World) -> None:
    visitor, person = await _person(world)
    zone = world.portal.country.zone
    day = datetime(2026, 3, 4, 23, 59, 59, tzinfo=zone)
    late = await _seen(world.registers, person, at=day)
    next_day = await _seen(world.desk, person, at=day + timedelta(seconds=1), agency="H24.101", post="11311.registrar")
    own = await _seen(world.registers, person, at=day - timedelta(days=1), agency="G22", post=None, purpose="prefill", own=True)
    for query, found in (
        ({}, late + next_day + own), ({"agency": "H24.101"}, next_day), ({"purpose": "prefill"}, own), ({"others": "yes"}, late + next_day),
        ({"from": "2026-03-04", "to": "2026-03-04"}, late), ({"from": "2026-03-05"}, next_day), ({"to": "2026-03-03"}, own),
        ({"agency": "G22", "purpose": "settle"}, []), ({"agency": "' OR '1'='1"}, []), ({"others": "no"}, late + next_day + own),
    ):  # fmt: skip
        assert {entry["id"] for entry in (await _export(visitor, **query))["entries"]} == set(found), query
        page = await visitor.get("/my-data", params=query)
        assert f"{len(found)} lần xem" in page.text, query


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("from=2026-02-30", 422, "Nhập một ngày có"),
        ("from=abc&to=%00", 422, "Nhập một ngày có"),
        ("from=2026-03-05&to=2026-03-04", 422, "Ngày này ở trước ngày bắt đầu"),
        ("from=0001-01-01&to=9999-12-31", 422, "Nhập một ngày có"),
        ("before=nonsense", 200, "3 lần xem"),
        ("before=0001-01-01T00:00:00%2B14:00~00000000-0000-0000-0000-000000000000", 200, "3 lần xem"),
        ("before=2026-01-01T00:00:00~" + "0" * 36, 200, "3 lần xem"),
        ("agency=%F0%9F%92%A9&purpose=" + "x" * 4000, 200, "0 lần xem"),
        ("lang=xx&agency=", 200, "3 lần xem"),
    ],
)
async def test_a_filter_that_was_tampered_with_is_answered_calmly(world: World, query: str, status: int, words: str) -> None:
    visitor, person = await _person(world)
    await _seen(world.registers, person, 3)
    page = await visitor.get(f"/my-data?{query}")
    assert (page.status_code, words in page.text) == (status, True), page.text
    if status == 422:
        assert (await visitor.get(f"/my-data/export?format=csv&{query}")).status_code == 422


async def test_zero_bytes_and_unknown_formats_are_refused(world: World) -> None:
    visitor, _ = await _person(world)
    assert (await visitor.get("/my-data?agency=%00")).status_code == 422
    assert (await visitor.get("/my-data/export?format=xml")).status_code == 422
    assert (await visitor.get("/my-data/export")).status_code == 422
    assert (await world.visitor(world.portal).get("/my-data/export?format=csv")).status_code == 303


async def test_pages_show_every_entry_of_all_nodes_once_in_order(world: World) -> None:
    visitor, person = await _person(world)
    same = datetime.now(UTC)
    expected = (
        await _seen(world.registers, person, 60, at=same)
        + await _seen(world.desk, person, 60, at=same)
        + await _seen(world.portal, person, 5, at=same)
    )
    pages = await visitor.whole("/my-data?purpose=settle")
    seen = re.findall(r'<time datetime="([^"]+)"', pages)
    assert pages.count("<!DOCTYPE html>") == -(-125 // PAGE)
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(expected) == 125


# Taking it away


async def test_an_export_is_complete_and_recorded(world: World) -> None:
    visitor, person = await _person(world)
    expected = await _seen(world.registers, person, 1_100) + await _seen(world.desk, person, 30) + await _seen(world.portal, person, 3)
    taken = await _export(visitor)
    assert (taken["schema"], taken["complete"], taken["total"]) == ("urn:dinh:access-log:1", True, 1_133)
    assert [entry["id"] for entry in taken["entries"]] == [
        entry["id"] for entry in sorted(taken["entries"], key=lambda one: (one["at"], one["id"]), reverse=True)
    ]
    assert {entry["id"] for entry in taken["entries"]} == set(expected)
    answer = await visitor.get("/my-data/export?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment;")
    rows = _rows(answer.content)
    assert rows[0][:3] == ["Thời gian", "Ai", "Mã cơ quan"]
    assert {row[-1] for row in rows[1:]} == set(expected)
    async with world.portal.pool.acquire() as connection:
        sql = "SELECT convert_from(payload, 'UTF8') FROM kernel.event WHERE type = 'exchange:log:exported' AND subject = $1 ORDER BY recorded_at"
        kept = [msgspec.json.decode(row[0]) for row in await connection.fetch(sql, person)]
    assert [(one["format"], one["entries"], one["complete"]) for one in kept] == [("json", 1_133, True), ("csv", 1_133, True)]


async def test_more_than_fits_is_said_on_the_page_and_in_the_file(world: World) -> None:
    visitor, person = await _person(world)
    await _seen(world.registers, person, 5_010)
    assert "Mỗi tệp chứa nhiều nhất 5.000 lần xem mới nhất" in (await visitor.get("/my-data")).text
    taken = await _export(visitor)
    assert (len(taken["entries"]), taken["total"], taken["complete"]) == (5_000, 5_010, False)
    rows = _rows((await visitor.get("/my-data/export?format=csv")).content)
    assert len(rows) == 5_002
    assert "chỉ có 5.000 lần xem mới nhất trong 5.010" in rows[-1][0]


@pytest.mark.parametrize("evil", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1+1", "  =1+1", '"=1+1', "\uff1d1+1"])
async def test_no_cell_of_an_export_is_a_formula(world: World, evil: str) -> None:
    visitor, person = await _person(world)
    await _seen(world.desk, person, case=evil, agency=evil, post=evil, purpose=evil, legal_basis=evil)
    rows = _rows((await visitor.get("/my-data/export?format=csv")).content)
    assert len(rows) == 2
    for cell in rows[1]:
        assert not cell.strip().startswith(("=", "+", "-", "@", "\uff1d")), cell
    assert any(evil.strip() in cell for cell in rows[1])
    assert evil in {entry["case"] for entry in (await _export(visitor))["entries"]}


# One's own, and nobody else's


async def test_nobody_reads_anothers_log_by_any_question(world: World) -> None:
    victim, person = await _person(world)
    ids_of_victim = await _seen(world.registers, person, 3) + await _seen(world.portal, person, 2)
    thief, thief_person = await _person(world)
    for query in (f"person={person}", f"agency=H24.168&person={person}", "before=" + quote(f"{datetime.now(UTC).isoformat()}~{ids_of_victim[0]}")):
        page = (await thief.get(f"/my-data?{query}")).text
        assert "không có cơ quan nào xem dữ liệu của bạn" in page
        assert "<time" not in page
    for body in ({"person": person}, {"who": person, "limit": 10}):
        who = Caller(kind="person", person=thief_person, assurance=2)
        answer = await ask(world.portal, who, Question(service="access.entries", client="G22", provider="G01", purpose="own_data", body=body))
        assert answer.body["entries"] == []
    assert len((await _export(victim))["entries"]) == 5


@pytest.mark.parametrize("body", [{"limit": 0}, {"limit": 100_000}, {"limit": "all"}, {"since": "yesterday"}, {"before": {"at": 1}}])
async def test_a_question_that_does_not_fit_is_refused_by_the_provider(world: World, body: dict[str, Any]) -> None:
    who = Caller(kind="person", person="nobody", assurance=2)
    with pytest.raises(Refused) as caught:
        await ask(world.portal, who, Question(service="access.entries", client="G22", provider="G01", purpose="own_data", body=body))
    assert isinstance(caught.value, Invalid)


async def test_a_node_of_the_version_before_is_still_understood(world: World) -> None:
    """It answers with its newest entries, whatever was wanted, and says neither total nor whose wish it was."""
    from dinh.exchange import Answer, Providers

    visitor, person = await _person(world)
    await _seen(world.registers, person, 4)
    known = dict(world.registers.part(Providers))

    async def before(node: Node, who: Caller, question: Question) -> Answer:
        answer = await access_answers["access.entries"](node, who, msgspec.structs.replace(question, body={}))
        entries = [{name: value for name, value in entry.items() if name != "own"} for entry in answer.body["entries"]]
        return Answer(body={"entries": entries}, subjects=[])

    world.registers.plug(Providers, Providers(known | {"access.entries": before}))
    try:
        assert len((await _export(visitor))["entries"]) == 4
        assert (await _export(visitor, agency="H24.101"))["entries"] == []
        assert (await visitor.get("/my-data")).status_code == 200
    finally:
        world.registers.plug(Providers, Providers(known))


async def test_an_own_case_is_a_link_and_another_persons_is_not(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    code = await births.file_case(world, mother, "Trần Khuê Liên")
    registrar = await world.sign_in(world.account(world.demo.handler))
    await registrar.post(f"/desk/{code}/accept")
    await registrar.post(f"/desk/{code}/check")
    assert f'href="/cases/{code}"' in await mother.whole("/my-data")
    father = await (await world.sign_in(world.account("father"))).whole("/my-data")
    assert "Xem hồ sơ" in father, "that it was looked at"
    assert code not in father, "not whose case it is"


async def test_what_looks_wrong_leads_to_a_complaint_where_the_country_has_one(world: World) -> None:
    visitor, person = await _person(world)
    entry = (await _seen(world.registers, person))[0]
    known = world.portal.part(ComplaintPath)
    try:
        world.portal.plug(ComplaintPath, ComplaintPath("9.000001"))
        page = (await visitor.get("/my-data")).text
        assert f'href="/services/9.000001/start?about={entry}"' in page
        assert "Điều này không đúng" in page
        world.portal.plug(ComplaintPath, ComplaintPath())
        assert "Điều này không đúng" not in (await visitor.get("/my-data")).text
    finally:
        world.portal.plug(ComplaintPath, known)
