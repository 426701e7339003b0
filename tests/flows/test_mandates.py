"""Acting for someone: a parent by the register, an attorney by the person's own word; what it opens, what it never opens, and how it ends."""

import re
from datetime import UTC, date, datetime, time, timedelta

import asyncpg
import httpx
import pytest

from dinh.app.demo import DemoAccount
from dinh.kernel import clock
from dinh.kernel.web.visit import SESSION
from tests.flows import births
from tests.flows.mandates import give, power
from tests.flows.outcomes import citizen, day, die, file, rows, someone
from tests.world import Visitor, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
MARITAL = "1.004873"
MINOR = "SELECT 1 FROM registers.person c WHERE p.ref IN (c.mother, c.father) AND c.death_date IS NULL AND c.birth_date > '2010-01-01'"


async def parent(world: World) -> DemoAccount:
    return await someone(
        world, f"sex = 'female' AND EXISTS ({MINOR}) AND EXISTS (SELECT 1 FROM registers.person f WHERE f.ref = p.spouse AND f.death_date IS NULL)"
    )


async def child_of(world: World, account: DemoAccount) -> dict[str, str]:
    found = await rows(world.registers, "SELECT ref FROM registers.person WHERE number = $1", account.username)
    sql = "SELECT ref, full_name, number FROM registers.person WHERE $1 IN (mother, father) AND death_date IS NULL ORDER BY birth_date DESC LIMIT 1"
    return (await rows(world.registers, sql, found[0]["ref"]))[0]


async def mandates(world: World, represented: str) -> list[dict[str, str]]:
    connection = await world.supervisor.databases.owner(world.supervisor.databases.name("portal"))
    try:
        found = await connection.fetch("SELECT * FROM identity.mandate WHERE represented = $1 ORDER BY given_at, id", represented)
        return [dict(row) for row in found]
    finally:
        await connection.close()


async def take(visitor: Visitor, mandate: object) -> httpx.Response:
    """Act under it."""
    return await _switch(visitor, f"/mandates/{mandate}/act")


async def back(visitor: Visitor) -> httpx.Response:
    return await _switch(visitor, "/mandates/self")


async def _switch(visitor: Visitor, path: str) -> httpx.Response:
    """The session's secret changes, and with it the token of every form."""
    response = await visitor.post(path, follow=False)
    if response.status_code != httpx.codes.SEE_OTHER:
        return response
    visitor.anchor = response.cookies[SESSION]
    visitor.http.cookies.clear()
    visitor.http.cookies.set(SESSION, visitor.anchor)
    return await visitor.get(response.headers["location"])


async def drafts(world: World, person: str) -> list[str]:
    connection = await world.supervisor.databases.owner(world.supervisor.databases.name("portal"))
    try:
        return [row["procedure"] for row in await connection.fetch("SELECT procedure FROM cases.application WHERE person = $1", person)]
    finally:
        await connection.close()


# A parent


async def test_a_parent_files_for_a_child_and_everything_says_so(world: World) -> None:
    account = await parent(world)
    child = await child_of(world, account)
    mother = await world.sign_in(account)
    page = await mother.post("/mandates/children")
    assert (child["full_name"] in page.text, "Đã tìm thấy con của bạn" in page.text) == (True, True)
    assert "Không có con nào" in (await mother.post("/mandates/children")).text, "asked again, nothing is given twice"
    mandate = (await mandates(world, child["ref"]))[0]

    acting = await take(mother, mandate["id"])
    banner = f"Bạn đang làm việc thay {child['full_name']}"
    assert (acting.url.path, banner in acting.text) == ("/applications", True)
    for address in ("/", "/documents", "/my-data", f"/services/{MARITAL}", "/search?q=khai"):
        assert banner in (await mother.get(address)).text, address
    form = await mother.post(f"/services/{MARITAL}/start")
    draft = "/applications/" + str(form.url).split("/applications/")[1].split("/")[0]
    assert await drafts(world, child["ref"]) == [MARITAL]
    assert child["full_name"] in (await mother.get(f"{draft}/you")).text, "the form is filled in from the child's record"

    person = await world.person(account)
    started = await rows(world.portal, "SELECT actor, on_behalf_of, legal_basis FROM kernel.event WHERE subject = $1", draft.split("/")[-1])
    assert started[0] == {"actor": person, "on_behalf_of": child["ref"], "legal_basis": "91/2015/QH13"}
    child_self = await world.sign_in(DemoAccount("citizen", child["full_name"], "", world.portal.origin, child["number"], "", ""))
    log = await child_self.whole("/my-data")
    for words in (
        "Người đại diện của bạn",
        "Mở hồ sơ của bạn",
        "Mở kho giấy tờ của bạn",
        "Mở nhật ký truy cập của bạn",
        "Làm việc thay bạn",
        "91/2015/QH13",
    ):
        assert words in log, words
    assert f"{account.name}" in (await child_self.get("/mandates")).text, "the child sees who may act for them"

    assert banner not in (await back(mother)).text
    assert (await mother.get(draft)).status_code == 404
    assert await drafts(world, person) == []


async def test_what_is_the_persons_alone_stays_closed_under_a_mandate(world: World) -> None:
    account = await parent(world)
    child = await child_of(world, account)
    mother = await world.sign_in(account)
    await mother.post("/mandates/children")
    await take(mother, (await mandates(world, child["ref"]))[0]["id"])
    for address in ("/mandates", "/mandates/new", "/notices", "/notices/settings", "/documents/shares"):
        response = await mother.get(address)
        assert (response.status_code, "chỉ dành cho chính chủ" in response.text) == (403, True), address
    other = await someone(world)
    assert (await mother.post("/mandates/new", power(other))).status_code == 403, "nobody hands a mandate on"
    assert (await mother.post("/mandates/children")).status_code == 403


async def test_both_parents_each_have_a_mandate_of_their_own(world: World) -> None:
    one = await parent(world)
    two = await citizen(world, "ref = (SELECT spouse FROM registers.person WHERE number = $1)", one.username)
    child = await child_of(world, one)
    mother, father = await world.sign_in(one), await world.sign_in(two)
    for visitor in (mother, father):
        await visitor.post("/mandates/children")
    by = {row["representative"]: row["id"] for row in await mandates(world, child["ref"])}
    mothers, fathers = by[await world.person(one)], by[await world.person(two)]
    assert (await mother.post(f"/mandates/{fathers}/act")).status_code == 404
    assert (await mother.post(f"/mandates/{fathers}/end")).status_code == 404
    await take(mother, mothers)
    form = await mother.post(f"/services/{MARITAL}/start")
    await take(father, fathers)
    assert (await father.get(form.url.path)).status_code == 200, "both see what either began for the child"
    await back(mother)
    assert (await mother.post(f"/mandates/{mothers}/end")).status_code == 200
    assert (await father.get("/applications")).status_code == 200
    child_self = await world.sign_in(DemoAccount("citizen", child["full_name"], "", world.portal.origin, child["number"], "", ""))
    assert (await child_self.post(f"/mandates/{fathers}/end")).status_code == 409, "a child cannot end what the law gives"


async def test_it_ends_at_midnight_before_the_child_comes_of_age(world: World) -> None:
    sql = """birth_date > $1 AND death_date IS NULL AND number <> ALL ($2) AND
             EXISTS (SELECT 1 FROM registers.person m WHERE m.ref = p.mother AND m.death_date IS NULL AND m.number <> ALL ($2))"""
    known = [account.username for account in world.accounts]
    today = world.portal.country.local_date(clock.now())
    minors = await rows(world.registers, f"SELECT number, birth_date FROM registers.person p WHERE {sql} ORDER BY birth_date LIMIT 1",
                        today.replace(year=today.year - 18), known)  # fmt: skip
    born = minors[0]["birth_date"]
    birthday = born.replace(year=born.year + 18)
    mother_account = await citizen(world, "ref = (SELECT mother FROM registers.person WHERE number = $1)", minors[0]["number"])
    child = (await rows(world.registers, "SELECT ref, full_name FROM registers.person WHERE number = $1", minors[0]["number"]))[0]
    midnight = datetime.combine(birthday, time(), world.portal.country.zone)
    try:
        clock.shift(int((midnight - timedelta(minutes=10) - datetime.now(UTC)).total_seconds()))
        await world.go_on()
        mother = await world.sign_in(mother_account)
        await mother.post("/mandates/children")
        mandate = (await mandates(world, child["ref"]))[0]
        assert mandate["ends_on"] == birthday
        assert (await take(mother, mandate["id"])).status_code == 200
        clock.shift(int((midnight + timedelta(minutes=1) - datetime.now(UTC)).total_seconds()))
        ended = await mother.post(f"/services/{MARITAL}/start")
        assert (
            ended.status_code,
            "Việc đại diện đã kết thúc" in ended.text,
            f"Việc đại diện cho {child['full_name']} đã kết thúc" in ended.text,
        ) == (403, True, True)
        assert (await mother.get("/documents")).status_code == 403, "neither theirs nor one's own, until the person says which"
        assert (await back(mother)).status_code == 200
        assert (await mother.post(f"/mandates/{mandate['id']}/act")).status_code == 409
        await mother.post("/mandates/children")
        assert len([row for row in await mandates(world, child["ref"]) if row["ended_at"] is None]) == 1, "nobody becomes the guardian of an adult"
    finally:
        clock.shift(0)


async def test_a_child_who_died_ends_the_mandate(world: World) -> None:
    account = await parent(world)
    child = await child_of(world, account)
    mother = await world.sign_in(account)
    await mother.post("/mandates/children")
    mandate = (await mandates(world, child["ref"]))[0]
    await die(world, DemoAccount("citizen", child["full_name"], "", world.portal.origin, child["number"], "", ""))
    refused = await take(mother, mandate["id"])
    assert (refused.status_code, "đã được khai tử" in refused.text) == (409, True)
    assert (await mandates(world, child["ref"]))[0]["ended_by"] == "register"
    assert child["full_name"] not in (await mother.post("/mandates/children")).text.split("Đã kết thúc")[0]


# A power of attorney


async def test_a_power_reaches_as_far_as_it_says_and_ends_at_once(world: World) -> None:
    giver_account, attorney_account = await someone(world), await someone(world)
    giver, attorney = await world.sign_in(giver_account), await world.sign_in(attorney_account)
    own = await giver.post(f"/services/{world.procedure}/start")
    mandate = await give(giver, attorney_account, parts=("cases",), procedures=(MARITAL,))
    assert giver_account.name in (await attorney.get("/mandates")).text
    assert "phạm vi" not in (await take(attorney, mandate)).text.lower()

    assert (await attorney.post(f"/services/{MARITAL}/start")).status_code == 200
    refused = await attorney.post(f"/services/{world.procedure}/start")
    assert (refused.status_code, "không bao gồm việc này" in refused.text) == (403, True)
    assert (await attorney.get(own.url.path)).status_code == 404, "another procedure's draft is not there"
    assert (await attorney.post(own.url.path, {"relation": "mother"})).status_code == 404
    page = (await attorney.get("/applications")).text
    assert len(set(re.findall(r"/applications/([0-9a-f-]{36})", page))) == 1
    for address in ("/documents", "/my-data", "/my-data/export?format=csv"):
        assert (await attorney.get(address)).status_code == 403, address

    stale = attorney.anchor
    assert (await giver.post(f"/mandates/{mandate}/end")).status_code == 200
    assert (await attorney.get("/applications")).status_code == 403
    assert (await attorney.post(f"/services/{MARITAL}/start")).status_code == 403
    assert (await back(attorney)).status_code == 200
    assert attorney.anchor != stale
    assert (await take(attorney, mandate)).status_code == 409
    assert (await giver.post(f"/mandates/{mandate}/end")).status_code == 409
    types = await rows(
        world.portal,
        "SELECT type FROM kernel.event WHERE convert_from(payload, 'UTF8') LIKE '%' || $1 || '%' AND type LIKE 'identity:mandate:%' ORDER BY recorded_at",
        mandate,
    )
    assert [row["type"] for row in types] == ["identity:mandate:given", "identity:mandate:taken", "identity:mandate:ended"]


async def test_a_form_opened_before_the_switch_cannot_be_sent_after_it(world: World) -> None:
    giver, account = await world.sign_in(await someone(world)), await someone(world)
    attorney = await world.sign_in(account)
    mandate = await give(giver, account)
    stale = attorney.anchor
    await take(attorney, mandate)
    attorney.anchor, fresh = stale, attorney.anchor
    late = await attorney.post(f"/services/{MARITAL}/start")
    assert (late.status_code, "hết hạn" in late.text) == (403, True)
    attorney.anchor = fresh
    assert await drafts(world, await world.person(account)) == []


async def test_a_mandate_of_others_is_not_there_and_cannot_be_widened(world: World) -> None:
    giver, account, stranger = await world.sign_in(await someone(world)), await someone(world), await world.sign_in(await someone(world))
    mandate = await give(giver, account)
    for verb in ("act", "end"):
        assert (await stranger.post(f"/mandates/{mandate}/{verb}")).status_code == 404, verb
    assert (await giver.post(f"/mandates/{mandate}/act")).status_code == 404, "nor can its giver act under it"
    person = await world.person(account)
    async with world.portal.pool.acquire() as connection:
        for change in ("parts = '{cases,documents,my_data}'", "ends_on = '2099-01-01'", f"represented = '{person}'"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"UPDATE identity.mandate SET {change} WHERE id = $1", mandate)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM identity.mandate WHERE id = $1", mandate)
        assert await connection.fetch("SELECT 1 FROM identity.mandate") == [], "without a person nothing is seen"


async def test_what_is_wrong_with_a_power_is_said_and_numbers_cannot_be_guessed(world: World) -> None:
    account, other = await someone(world), await someone(world)
    giver = await world.sign_in(account)
    bad = await giver.post("/mandates/new", {"number": "", "name": "", **day("last_day", date(2020, 1, 1))})
    assert bad.status_code == 422
    for words in ("Nhập đúng số định danh", "Chọn ít nhất một việc", "trong thời hạn cho phép"):
        assert words in bad.text, words
    late = power(other, last=clock.now().date() + timedelta(days=500))
    assert (await giver.post("/mandates/new", late)).status_code == 422
    unknown = await giver.post("/mandates/new", {**power(other), "procedure.9.999999": "yes"})
    assert unknown.status_code == 422
    assert "của chính bạn" in (await giver.post("/mandates/new", power(account))).text
    for _ in range(4):
        wrong = await giver.post("/mandates/new", {**power(other), "name": "Không Phải Tên"})
    assert (wrong.status_code, "Không tìm thấy người thành niên nào" in wrong.text, 'value="Không Phải Tên"' in wrong.text) == (422, True, True)
    stopped = await giver.post("/mandates/new", power(other))
    assert (stopped.status_code, "quá nhiều lần" in stopped.text) == (429, True)
    minor = await citizen(world, "birth_date > '2015-01-01' AND death_date IS NULL")
    assert "người thành niên" in (await (await world.sign_in(await someone(world))).post("/mandates/new", power(minor))).text


async def test_an_official_does_not_decide_what_they_filed_for_another(world: World) -> None:
    giver_account, chair_account = await someone(world, f"residence_unit = '{world.demo.units[0]}'"), world.account(world.demo.decider)
    giver, chair = await world.sign_in(giver_account), await world.sign_in(chair_account, world.portal)
    mandate = await give(giver, chair_account, procedures=("KN-01",))
    await take(chair, mandate)
    pages = {"about": {"subject": "other", "happened": "Chờ lâu", "wish": "Nhanh hơn"}, "you": {"unit": world.demo.units[0]}}
    code = await file(world, chair, "KN-01", pages)
    registrar = await births.handle(world, code)
    assert "Người đại diện" in (await registrar.get(f"/desk/{code}")).text
    decider = await world.sign_in(chair_account)
    refused = await decider.post(f"/desk/{code}/decide", {"outcome": "approve", "factor": await world.code(chair_account)})
    assert refused.status_code == 403, refused.text
    assert code in (await giver.get("/applications")).text, "the case is the represented person's"
