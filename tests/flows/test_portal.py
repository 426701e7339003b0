"""Finding what one needs: home by life event, search that forgives, and what waits for the person."""

import re

import pytest

from dinh.app.portal_cards import cards_of
from dinh.kernel import clock, country
from dinh.portal import life_events_of
from dinh.portal.rules import without_event
from tests.flows import births
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
SERVICE = 'href="/services/1.001193"'


@pytest.mark.parametrize(
    "typed",
    ["khai sinh", "KHAI SINH", "khia sinh", "khai snih", "khaisinh", "kh ai sinh", "sinh khai", "dang ky khai sinh", "đăng kí khai sing", "khai si", "giấy khai sinh",
     "tôi muốn làm giấy khai sinh cho con", "birth", "brith registration", "registration of birth", "1.001193", "1.0011"],
)  # fmt: skip
async def test_a_service_is_found_however_it_is_typed(world: World, typed: str) -> None:
    page = await world.visitor(world.portal).get("/search", params={"q": typed})
    assert (page.status_code, SERVICE in page.text) == (200, True)


async def test_what_was_probably_meant_is_one_link_away(world: World) -> None:
    visitor = world.visitor(world.portal)
    page = (await visitor.get("/search", params={"q": "khia sinh"})).text
    assert "Có phải bạn tìm:" in page
    (link,) = re.findall(r'href="(/search\?q=[^"]+)">khai sinh</a>', page)
    again = (await visitor.get(link)).text
    assert SERVICE in again
    assert "Có phải bạn tìm" not in again
    assert 'value="khai sinh"' in again


async def test_a_search_that_finds_nothing_leads_on(world: World) -> None:
    for language, words in (("vi", "Chưa tìm thấy thủ tục nào"), ("en", "No service found")):
        page = (await world.visitor(world.portal, language).get("/search", params={"q": "zzzz <script>"})).text
        assert words in page
        assert "<script>" not in page.split("<main")[1]
        assert 'href="/life/having-a-child"' in page
        assert SERVICE in page


async def test_without_a_question_all_services_are_listed(world: World) -> None:
    page = (await world.visitor(world.portal).get("/search?q=")).text
    assert SERVICE in page


async def test_a_life_event_lists_its_services_with_what_each_needs(world: World) -> None:
    visitor = world.visitor(world.portal, "en")
    home = (await visitor.get("/")).text
    assert 'href="/life/having-a-child"' in home
    assert SERVICE in home
    page = (await visitor.get("/life/having-a-child")).text
    for words in (
        "Having a child",
        "The same working day",
        "Free within 60 days",
        "People&#39;s Committee of the commune",
        "Birth notification from the hospital",
    ):
        assert words in page, words
    assert "marriage certificate" not in page, "the agency looks that up"
    assert (await visitor.get("/life/nothing-like-it")).status_code == 404
    assert (await visitor.get("/life/%00")).status_code in {400, 404}


async def test_every_event_that_is_linked_opens_in_both_languages(world: World) -> None:
    for language in ("vi", "en"):
        visitor = world.visitor(world.portal, language)
        links = set(re.findall(r'href="(/life/[a-z-]+)"', (await visitor.get("/")).text))
        assert links
        for link in links:
            assert (await visitor.get(link)).status_code == 200
    codes = [event.code for event in life_events_of(world.portal.country).events]
    assert len(codes) == len(set(codes))


async def test_home_shows_the_persons_own_drafts_and_nobody_elses(world: World) -> None:
    father = await world.sign_in(world.account("father"))
    mother = await world.sign_in(world.account("mother"))
    draft = await births.start(father)
    assert draft in (await father.get("/")).text
    assert "Tiếp tục việc đang làm dở" in (await father.get("/")).text
    assert draft not in (await mother.get("/")).text
    assert "Tiếp tục" not in (await world.visitor(world.portal).get("/")).text


async def test_home_shows_a_case_whose_agency_asks_for_something(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    code = await births.file_case(world, mother, "Trần Khuê Thiếu")
    assert f'href="/cases/{code}"' not in (await mother.get("/")).text
    async with world.portal.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE dinh_system")
        await connection.execute("UPDATE cases.application SET state = 'supplement' WHERE code = $1", code)
    page = (await mother.get("/")).text
    assert f'href="/cases/{code}"' in page
    assert "cơ quan giải quyết đề nghị bạn bổ sung" in page


async def test_every_service_has_its_place_in_a_life(world: World) -> None:
    """And what an event names is there: a service is never lost between two files."""
    for code in ("vn", "example"):
        known = country.load(world.settings.content, code)
        cards = cards_of(known).on(known.local_date(clock.now()))
        assert without_event(life_events_of(known), cards) == []
        named = {service for event in life_events_of(known).events for service in event.services} | set(life_events_of(known).popular)
        assert named <= {card.code for card in cards}
