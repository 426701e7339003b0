"""What a provider's own system was asked about a person stands in that person's log: as much of it as its rule shows, when it may be shown."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from dinh.exchange import Question, Right, RightEntry, ServiceEntry, ask, deliver, hand_over, register
from dinh.exchange.members import Withholding
from dinh.kernel import clock
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import Invalid, NotAllowed, NotFound, Refused
from tests.exchange.backend import WHO, Backend
from tests.exchange.people import CLIENT, TITLE, System, entries_of_call, number_of
from tests.flows.warehouse import stranger
from tests.world import Visitor, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def somebody(world: World, language: str = "vi") -> tuple[Visitor, str]:
    """A person at whom nobody looked yet, at the portal, and their number."""
    person = await stranger(world)
    return await world.arrive(person, world.portal, language), await number_of(world, person)


async def exported(visitor: Visitor, **query: str) -> dict[str, Any]:
    return msgspec.json.decode((await visitor.get("/my-data/export", params={"format": "json", **query})).content)  # type: ignore[no-any-return]


async def page_of(visitor: Visitor, **query: str) -> str:
    return " ".join((await visitor.get("/my-data", params=query)).text.split())


# Where the number stands


async def test_a_call_of_a_providers_system_is_in_the_log_of_the_person_by_a_pseudonym(world: World, asking: System) -> None:
    visitor, number = await somebody(world)
    answer = await asking.about("body", number, **{"X-Road-Issue": "H24-7"})
    assert answer.status_code == 200
    (kept,) = await entries_of_call(world, answer)
    assert (kept["agency"], kept["purpose"], kept["legal_basis"], kept["what"], kept["case_code"]) == (
        "G22",
        "trial",
        "test",
        "G01/people/body",
        "H24-7",
    )
    assert kept["person"].startswith("number:")
    assert number not in str(dict(kept))
    (entry,) = (await exported(visitor))["entries"]
    assert (entry["agency"], entry["what"], entry["node"], entry["case"]) == ("G22", "G01/people/body", "registers", None)
    assert "Tra cứu thử" in await page_of(visitor)


@pytest.mark.parametrize(
    ("service", "rest", "body"),
    [("query", "?number={0}", None), ("query", "?x=1&number={0}", None), ("path", "/persons/{0}", None), ("two", "?number={0}", {"person": {"number": "{0}"}}),
     ("body", "", {"person": {"number": "{0}", "why": "x"}}), ("list", "", {"persons": [{"number": "{0}"}]})],
)  # fmt: skip
async def test_the_number_is_read_where_the_service_says(world: World, asking: System, service: str, rest: str, body: Any) -> None:
    visitor, number = await somebody(world)
    filled = msgspec.json.decode(msgspec.json.encode(body).decode().replace("{0}", number))
    answer = await (asking.get(service, rest.format(number)) if body is None else asking.post(service, filled, rest.format(number)))
    assert answer.status_code == 200
    assert len(await entries_of_call(world, answer)) == 1
    assert [entry["what"] for entry in (await exported(visitor))["entries"]] == [f"G01/people/{service}"]


async def test_everyone_in_a_list_sees_it_and_each_once(world: World, asking: System) -> None:
    (first, one), (second, two) = await somebody(world), await somebody(world)
    spaced = f"{one[:3]} {one[3:6]}.{one[6:]}"
    assert (await asking.post("list", {"persons": [{"number": one}, {"number": two}, {"number": spaced}]})).status_code == 200
    for visitor in (first, second):
        assert len((await exported(visitor))["entries"]) == 1


N = "012345678901"
AMBIGUOUS: list[tuple[str, bytes | None, str, dict[str, str]]] = [
    ("body", b"", "", {}), ("body", b"{}", "", {}), ("body", b"[]", "", {}), ("body", b'{"person": {}}', "", {}), ("body", b'{"person": {"number": null}}', "", {}),
    ("body", b'{"person": {"number": 12345678901}}', "", {}), ("body", b'{"person": {"number": "12345"}}', "", {}),
    ("body", b'{"person": {"number": "%s"}} x' % N.encode(), "", {}), ("body", b'{"person": {"number": {"a": "%s"}}}' % N.encode(), "", {}),
    # One reader takes the first, another the last, and some do not tell great letters from small ones.
    ("body", b'{"person": {"number": "%s", "number": "012345678902"}}' % N.encode(), "", {}),
    ("body", b'{"person": {"number": "%s", "Number": "012345678902"}}' % N.encode(), "", {}),
    ("body", b'{"person": {"number": "%s"}, "person": {"number": "012345678902"}}' % N.encode(), "", {}),
    ("body", '{"person": {"number": "012345678901"}}'.encode("utf-16"), "", {}), ("body", b'\xef\xbb\xbf{"person": {"number": "%s"}}' % N.encode(), "", {}),
    ("body", b'{"person": {"number": "%s"}}' % N.encode(), "", {"Content-Type": "application/json; charset=utf-16"}),
    ("body", b'{"person": {"number": "%s"}}' % N.encode(), "", {"Content-Type": "application/x-www-form-urlencoded"}),
    ("body", b'{"person": {"number": "%s"}}' % N.encode(), "", {"Content-Encoding": "gzip"}),
    ("body", '{"person": {"number": "０１２３４５６７８９０１"}}'.encode(), "", {}), ("body", ("[" * 100_000).encode(), "", {}),
    ("list", b'{"persons": []}', "", {}), ("list", b'{"persons": [{"number": "%s"}, {}]}' % N.encode(), "", {}),
    ("list", b'{"persons": [{"number": "%s"}, {"number": "x"}]}' % N.encode(), "", {}),
    ("list", msgspec.json.encode({"persons": [{"number": f"{at:012}"} for at in range(1_001)]}), "", {}),
    ("query", None, "", {}), ("query", None, "?number=", {}), ("query", None, "?Number=" + N, {}), ("query", None, f"?number={N}&number=x", {}),
    ("query", None, f"?number={N}&number[]=x", {}), ("query", None, f"?number={N};number=012345678902", {}), ("query", None, f"?number={N}%00", {}),
    ("query", None, "?number=%ff", {}), ("path", None, "/persons", {}), ("path", None, f"/persons/{N};v=1", {}), ("path", None, f"/{N}/persons", {}),
    ("two", b'{"person": {"number": "%s"}}' % N.encode(), "", {}), ("two", b"{}", f"?number={N}", {}),
]  # fmt: skip


@pytest.mark.parametrize("case", AMBIGUOUS, ids=range(len(AMBIGUOUS)))
async def test_what_cannot_be_kept_in_somebodys_log_never_reaches_the_system(
    asking: System, peopled: Backend, case: tuple[str, bytes | None, str, dict[str, str]]
) -> None:
    service, body, rest, headers = case
    answer = await (asking.get(service, rest, **headers) if body is None else asking.post(service, body, rest, **headers))
    assert answer.status_code in {400, 500}, answer.text
    assert "bad_request" in answer.headers["x-road-error"]
    assert peopled.seen == []


async def test_the_refusal_is_signed_and_kept_and_says_422_on_our_own_interface(world: World, asking: System) -> None:
    answer = await asking.http.get("/api/exchange/v1/ask/G01/people/query")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:dinh:problem:exchange.no_subject")
    async with world.registers.read(WHO) as tx:
        kept = await tx.value("SELECT refusal FROM exchange.call WHERE side = 'provider' AND service = 'query' ORDER BY request_in DESC LIMIT 1")
    assert kept == "exchange.no_subject"


async def test_parameters_that_a_server_could_take_for_the_number_are_all_kept(world: World, asking: System) -> None:
    visitors = [await somebody(world) for _ in range(3)]
    one, two, three = (quote(number) for _, number in visitors)
    assert (await asking.get("query", f"?number={one}&NUMBER={two}&number[]={three}")).status_code == 200
    for visitor, _ in visitors:
        assert len((await exported(visitor))["entries"]) == 1


async def test_what_is_told_about_a_person_is_in_their_log_too_and_what_names_nobody_is_not_taken(
    world: World, asking: System, peopled: Backend
) -> None:
    visitor, number = await somebody(world)
    address = "/api/exchange/v1/tell/G01/people/told"
    assert (await asking.http.post(address, json={"person": {"number": number}})).status_code == 202
    told = await asking.http.post(address, json={"person": {}})
    assert told.status_code == 202, "here nobody knows yet"
    await deliver(world.portal)
    state = (await asking.http.get(told.headers["location"])).json()
    assert (state["state"], state["reason"]) == ("refused", "exchange.no_subject"), "another try would say the same"
    assert [entry["what"] for entry in (await exported(visitor))["entries"]] == ["G01/people/told"]
    async with world.registers.read(WHO) as tx:
        refusals = await tx.all("SELECT refusal FROM exchange.call WHERE side = 'provider' AND service = 'told' ORDER BY refusal")
        assert [row["refusal"] for row in refusals] == ["", "exchange.no_subject"]
    await hand_over(world.registers)
    assert [number in one["body"].decode() for one in peopled.seen] == [True]


# What may be declared


async def _refused(world: World, service: str, right: Right, subsystem: str = "people") -> str:
    with pytest.raises(Invalid) as caught:
        async with world.portal.write(WHO) as tx:
            await register(tx, WHO, RightEntry("G01", subsystem, service, "wrong", right))
    return str(caught.value.params["field"])


async def test_a_right_that_nobody_could_keep_is_not_registered(world: World, backend: Backend, asking: System) -> None:
    given: dict[str, Any] = {"purpose": "other", "title": TITLE, "basis": "test", "ref": "test", "assurance": 0, "clients": [CLIENT]}
    assert backend
    for field, more in (
        ("embargo.days", {"embargo": Withholding("G01", "investigation", 181)}), ("embargo.reason", {"embargo": Withholding("G01", "whim", 3)}),
        ("embargo.authority", {"embargo": Withholding("", "investigation", 3)}), ("consent", {"consent": True}), ("optional", {"optional": True}),
    ):  # fmt: skip
        assert await _refused(world, "body", Right(**given, **more)) == field
    less: dict[str, Any]
    for field, less in (("shown", {"shown": "category"}), ("embargo", {"embargo": Withholding("G01", "investigation", 3)})):
        assert await _refused(world, "echo", Right(**given, **less), "citizens") == field


async def test_a_service_cannot_lose_what_its_rights_stand_on(world: World, asking: System) -> None:
    assert asking
    async with world.portal.read(WHO) as tx:
        entry = await tx.value("SELECT entry FROM exchange.registration WHERE kind = 'service' AND key = 'G01/people/notarial' AND ended_at IS NULL")
    service = msgspec.convert(entry, ServiceEntry).service
    with pytest.raises(Invalid):
        async with world.portal.write(WHO) as tx:
            await register(tx, WHO, ServiceEntry(msgspec.structs.replace(service, subject=[])), replaces=1)


# Whose log


async def test_nobody_but_the_portal_for_a_person_is_told_anything(world: World, asking: System) -> None:
    _, number = await somebody(world)
    assert (await asking.about("body", number)).status_code == 200
    thief = Caller(kind="person", person=await stranger(world), assurance=2)
    question = Question(service="access.entries", client="G22", provider="G01", purpose="own_data", body={"number": number})
    # The portal vouches for number and person together; who merely has no right to be the portal gets nothing, whatever right was written down for them.
    from dinh.exchange import access_answers

    for who, asked in ((thief, msgspec.structs.replace(question, client="H24")), (thief, msgspec.structs.replace(question, purpose="settle")),
                       (msgspec.structs.replace(thief, assurance=0), question), (msgspec.structs.replace(thief, person=None), question)):  # fmt: skip
        with pytest.raises(NotAllowed):
            await access_answers["access.entries"](world.registers, who, asked)
    with pytest.raises(Refused):
        await ask(world.desk, thief, msgspec.structs.replace(question, client="H24"))
    with pytest.raises(Invalid):
        await access_answers["access.entries"](world.registers, thief, msgspec.structs.replace(question, body={"number": "1' OR '1'='1"}))


async def test_a_persons_number_is_told_to_themselves_alone(world: World) -> None:
    person = await stranger(world)
    question = Question(service="population.number", client="G22", provider="G01", purpose="own_data", body={"ref": "another", "number": "x"})
    found = await ask(world.portal, Caller(kind="person", person=person, assurance=1), question)
    assert found.body == {"number": await number_of(world, person)}
    for who in (Caller(kind="person", person=person, assurance=0), system("test")):
        with pytest.raises(NotAllowed):
            await ask(world.portal, who, question)


async def test_the_number_goes_only_to_nodes_that_keep_entries_by_number(world: World, asking: System, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, number = await somebody(world)
    assert (await asking.about("body", number)).status_code == 200
    asked: list[tuple[str, bool]] = []
    from dinh.exchange.mydata import service

    async def watched(node: Any, who: Any, question: Question) -> Any:
        asked.append((question.provider, bool(question.body.get("number"))))
        return await ask(node, who, question)

    monkeypatch.setattr(service, "ask", watched)
    assert len((await exported(visitor))["entries"]) == 1
    assert ("G01", True) in asked
    assert ("H24", False) in asked
    assert ("H24", True) not in asked


# How much of it


async def test_a_notarial_act_tells_its_purpose_and_nothing_of_who_asked(world: World, asking: System) -> None:
    visitor, number = await somebody(world, "en")
    assert (await asking.about("notarial", number, **{"X-Road-Issue": "estate-of-x"})).status_code == 200
    assert (await asking.about("body", number)).status_code == 200
    found = {entry["what"].rpartition("/")[2]: entry for entry in (await exported(visitor))["entries"]}
    assert (found["notarial"]["agency"], found["notarial"]["post"], found["notarial"]["case"]) == ("", None, None)
    assert found["notarial"]["purpose_title"] == "A notarial act"
    page = await page_of(visitor)
    assert "An agency that is not named here" in page
    assert "estate-of-x" not in page
    # Nor does a filter, a count or an export tell it.
    assert {entry["what"] for entry in (await exported(visitor, agency="G22"))["entries"]} == {"G01/people/body"}
    assert "1 entry" in await page_of(visitor, agency="G22")
    assert "estate-of-x" not in (await visitor.get("/my-data/export?format=csv")).text


async def test_post_and_case_are_shown_where_the_right_says_so_or_the_case_is_ones_own(world: World) -> None:
    from tests.flows import births

    mother = await world.sign_in(world.account("mother"))
    code = await births.file_case(world, mother, "Trần Khuê Minh")
    registrar = await world.sign_in(world.account(world.demo.handler))
    await registrar.post(f"/desk/{code}/accept")
    await registrar.post(f"/desk/{code}/check")
    own = [entry for entry in (await exported(mother))["entries"] if entry["case"] == code]
    assert any(entry["post"] for entry in own)
    father = (await exported(await world.sign_in(world.account("father"))))["entries"]
    assert any(entry["what"] == "cases.case" for entry in father), "the father sees that the case was looked at"
    assert all(entry["case"] != code for entry in father)


async def test_a_right_may_show_the_case_too(world: World, asking: System) -> None:
    visitor, number = await somebody(world)
    assert (await asking.about("whole", number, **{"X-Road-Issue": "H24-9"})).status_code == 200
    (entry,) = (await exported(visitor))["entries"]
    assert entry["case"] == "H24-9"


# When


async def later(world: World, person: str, days: int) -> dict[str, Any]:
    """Their log, with the clock so many days on."""
    clock.shift(days * 86400)
    await world.go_on()
    return await exported(await world.arrive(person, world.portal, "en"))


async def test_a_withheld_access_is_committed_at_once_and_shown_after_its_day(world: World, asking: System) -> None:
    person = await stranger(world)
    number, visitor = await number_of(world, person), await world.arrive(person, world.portal, "en")
    assert (await asking.about("withheld", number)).headers["x-road-error"].endswith("access_denied"), "without an order"
    answer = await asking.about("withheld", number, **{"Dinh-Order": "12/QD-2026"})
    assert answer.status_code == 200
    (kept,) = await entries_of_call(world, answer)
    async with world.registers.read(WHO) as tx:
        assert await tx.value("SELECT 1 FROM kernel.event WHERE subject = $1 AND type = 'exchange:access:committed'", str(kept["id"]))
    found = await exported(visitor)
    assert (found["entries"], found["total"]) == ([], 0)
    page = await page_of(visitor)
    assert "entries" not in page
    assert "no agency looked at your data" in page
    assert "G22" not in page, "not even among what can be chosen"
    try:
        assert (await later(world, person, 29))["total"] == 0
        (entry,) = (await later(world, person, 31))["entries"]
        assert (entry["withheld"]["order"], entry["withheld"]["authority"], entry["withheld"]["reason"]) == ("12/QD-2026", "G01", "investigation")
        words = "by order 12/QD-2026 of Ministry of Public Security: Shown later so as not to hinder an investigation."
        assert words in await page_of(await world.arrive(person, world.portal, "en"))
    finally:
        clock.shift(0)
        await world.go_on()


async def _prolong(world: World, client: str = "G01", **more: str) -> None:
    today = world.portal.country.local_date(clock.now())
    body = {"prolongs": "13/QD-2026", "number": "77/QD-2026", "dated_on": str(today), "until": str(today + timedelta(days=100)), **more}
    node = world.registers if client == "G01" else world.desk
    question = Question(service="access.prolong", client=client, provider="G01", purpose="embargo", body=body)
    await ask(node, system("test", agency=client), question)


async def test_only_a_new_order_of_the_same_authority_withholds_it_longer_and_never_without_end(world: World, asking: System) -> None:
    person = await stranger(world)
    number = await number_of(world, person)
    for _ in range(2):
        assert (await asking.about("withheld", number, **{"Dinh-Order": "13/QD-2026"})).status_code == 200
    today = world.portal.country.local_date(clock.now())
    for wrong in ({"until": str(today + timedelta(days=181))}, {"until": str(today + timedelta(days=20))}, {"dated_on": str(today + timedelta(days=1))},
                  {"dated_on": str(today - timedelta(days=181))}, {"until": "9999-12-30"}, {"number": ""}, {"until": "never"}):  # fmt: skip
        with pytest.raises(Invalid):
            await _prolong(world, **wrong)
    with pytest.raises(NotFound):
        await _prolong(world, prolongs="99/QD-2026")
    with pytest.raises(NotAllowed):
        await _prolong(world, "H24")
    await _prolong(world)
    async with world.registers.read(WHO) as tx:
        assert await tx.value("SELECT count(*) FROM kernel.event WHERE type = 'exchange:embargo:prolonged'") == 1
        assert await tx.value("SELECT count(*) FROM kernel.event WHERE type = 'exchange:embargo:opened'") >= 1
    try:
        assert (await later(world, person, 99))["total"] == 0
        assert (await later(world, person, 102))["total"] == 2
        with pytest.raises(Invalid) as caught:
            await _prolong(world)
        assert caught.value.key == "exchange.embargo_over", "what was shown is not hidden again"
    finally:
        clock.shift(0)
        await world.go_on()
