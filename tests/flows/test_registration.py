"""What is registered beside the country's files: an agency with its node, its service and its rights; and what is not."""

import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from dinh.app.authority import demo_authority
from dinh.exchange import (
    CertificateEntry,
    Endpoint,
    Group,
    GroupEntry,
    MemberEntry,
    Right,
    RightEntry,
    ServerEntry,
    Service,
    SubsystemEntry,
    add_service,
    end_entry,
    history,
    membership_of,
    open_agency,
    read_path,
    register,
)
from dinh.exchange.members.jobs import PATH
from dinh.exchange.registry.contracts import digest_of
from dinh.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from dinh.trust import pem
from tests.flows.registry import WHO, on_registry, reachable, spread
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
PETSTORE = {
    "openapi": "3.0.3", "info": {"title": "Land", "version": "1"},
    "paths": {"/parcels/{id}": {"get": {}, "put": {}, "parameters": []}, "/parcels": {"get": {}, "post": {}}, "/export.{kind}": {"get": {}}},
}  # fmt: skip
TITLE = {"vi": "Thửa đất", "en": "Land parcels"}
LAND = Service(code="land", provider="H24.999", kind="ask", title=TITLE, rights=[], subsystem="cadastre", url="http://127.0.0.1:9/base")


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def registry(world: World) -> AsyncIterator[None]:
    async with reachable(world):
        yield


# A new agency with a system of its own


async def test_an_agency_connects_with_node_service_and_right(world: World) -> None:
    member = MemberEntry("H24.999", {"vi": "Văn phòng đăng ký đất đai", "en": "Land registry"})
    server = ServerEntry("land", "H24.999", "https://land.example:5500", ["H24.999"])
    await on_registry(world, open_agency, member, server, ["cadastre"])
    await on_registry(world, add_service, LAND, json.dumps(PETSTORE))
    await spread(world)
    found = membership_of(world.registers)
    service = found.service_at("H24.999", "cadastre", "land")
    assert service.openapi == digest_of(json.dumps(PETSTORE))
    assert [(one.method, one.path) for one in service.endpoints] == [
        ("GET", "/*"), ("GET", "/parcels"), ("POST", "/parcels"), ("GET", "/parcels/*"), ("PUT", "/parcels/*"),
    ]  # fmt: skip
    assert found.node_of("H24.999").url == "https://land.example:5500", "its own node, not that of everyone below H24"
    assert [one.code for one in found.services_at("H24.999", "cadastre")] == ["land"]
    published = await world.visitor(world.portal).get(f"{PATH}/openapi/{service.openapi}")
    assert json.loads(published.text) == PETSTORE
    with pytest.raises(NotAllowed):
        found.permit(service, "G22", "registration", 2, method="GET", path=read_path(b"/parcels/1"))

    right = Right(
        purpose="registration", title=TITLE, basis="31/2024/QH15", ref="unverified", assurance=2, daily=500, groups=["buyers"],
        endpoints=[Endpoint("GET", "/parcels/*")],
    )  # fmt: skip
    entry = RightEntry("H24.999", "cadastre", "land", "buyers", right)
    with pytest.raises(Invalid):
        await on_registry(world, register, entry)
    await on_registry(world, register, SubsystemEntry("G22", "shop"))
    await on_registry(world, register, GroupEntry(Group("buyers", TITLE, ["G22", "SUBSYSTEM:VN/GOV/G22/shop"])))
    await on_registry(world, register, entry)
    await spread(world)
    found = membership_of(world.registers)
    service = found.service_at("H24.999", "cadastre", "land")
    path = read_path(b"/parcels/1")
    for subsystem in (None, "dinh", "shop"):
        assert found.permit(service, "G22", "registration", 2, subsystem=subsystem, method="GET", path=path).daily == 500
    for changes in (
        {"client": "G01"}, {"purpose": "other"}, {"assurance": 1}, {"method": "PUT"}, {"path": read_path(b"/parcels")}, {"path": read_path(b"/parcels/1/x")}, {"subsystem": "unknown"},
    ):  # fmt: skip
        asked: dict[str, Any] = {
            "client": "G22",
            "purpose": "registration",
            "assurance": 2,
            "method": "GET",
            "path": path,
            "subsystem": None,
        } | changes
        with pytest.raises(NotAllowed):
            found.permit(service, **asked)
    await _end_of_the_agency(world)


async def _end_of_the_agency(world: World) -> None:
    """With a member goes everything that stood on it."""
    await on_registry(world, end_entry, "member", "H24.999")
    await spread(world)
    found = membership_of(world.registers)
    with pytest.raises(NotFound):
        found.service_at("H24.999", "cadastre", "land")
    async with world.portal.read(WHO) as tx:
        versions = await history(tx, "member", "H24.999")
    assert [(one.version, one.made_by, one.ended_by) for one in versions] == [(1, "system:test", "system:test")]
    for kind, key in (
        ("right", "H24.999/cadastre/land/buyers"), ("group", "buyers"), ("subsystem", "G22/shop"), ("service", "H24.999/cadastre/land"), ("subsystem", "H24.999/cadastre"), ("server", "land"),
    ):  # fmt: skip
        await on_registry(world, end_entry, kind, key)
    await spread(world)


async def test_nothing_is_overwritten_unseen(world: World) -> None:
    group = Group("steps", {"en": "Steps"}, ["G01"])
    assert await on_registry(world, register, GroupEntry(group)) == 1
    with pytest.raises(Conflict):
        await on_registry(world, register, GroupEntry(group))
    with pytest.raises(Conflict):
        await on_registry(world, register, GroupEntry(group), replaces=2)
    assert await on_registry(world, register, GroupEntry(msgspec.structs.replace(group, members=["G15"])), replaces=1) == 2
    await on_registry(world, end_entry, "group", "steps")
    with pytest.raises(NotFound):
        await on_registry(world, end_entry, "group", "steps")
    assert await on_registry(world, register, GroupEntry(group)) == 3, "a number is never used twice"
    await on_registry(world, end_entry, "group", "steps")


BAD = Right(purpose="p", title=TITLE, basis="b", ref="r", assurance=0)


@pytest.mark.parametrize(
    "entry",
    [
        MemberEntry("G01", TITLE), MemberEntry("a/b", TITLE), MemberEntry("..", TITLE), MemberEntry("", TITLE), MemberEntry("X1", {}), MemberEntry("X1", {"vi": "Xấu\x01"}), MemberEntry("X1", {"vi": "x" * 401}), SubsystemEntry("G01", "dinh"), SubsystemEntry("G01", "a b"),
        SubsystemEntry("nobody", "x"), ServerEntry("registers", "G22", "https://x.example", []), ServerEntry("x", "G01", "https://x.example", ["G15"]), ServerEntry("x", "G01", "ftp://x.example", ["G01"]),
        ServerEntry("x", "G01", "https://user:secret@x.example", []), ServerEntry("x", "G01", "https://x.example", ["nobody"]), ServerEntry("x", "G01", "https://x.example", []),
        GroupEntry(Group("g", TITLE, ["nobody"])), GroupEntry(Group("g", TITLE, ["SUBSYSTEM:VN/GOV/G01/none"])), GroupEntry(Group("g", TITLE, ["MEMBER:VN/GOV/G01"])),
        RightEntry("G01", None, "population.person", "x", BAD), RightEntry("G01", None, "none", "x", msgspec.structs.replace(BAD, clients=["G22"])),
        RightEntry("G01", None, "population.person", "x", msgspec.structs.replace(BAD, clients=["nobody"])), RightEntry("G01", None, "population.person", "x", msgspec.structs.replace(BAD, groups=["none"])),
        RightEntry("G01", None, "population.person", "x", msgspec.structs.replace(BAD, clients=["G22"], endpoints=[])),
        RightEntry("G01", None, "population.person", "x", msgspec.structs.replace(BAD, clients=["G22"], endpoints=[Endpoint("GET", "/a/../b")])),
        RightEntry("G01", None, "population.person", "x", msgspec.structs.replace(BAD, clients=["H24.*"], consent=True)),
        CertificateEntry("G01", "no certificate"),
    ],
)  # fmt: skip
async def test_what_is_in_doubt_is_not_registered(world: World, entry: object) -> None:
    with pytest.raises((Invalid, NotFound)):
        await on_registry(world, register, entry)


async def test_a_certificate_is_registered_for_its_owner_only(world: World) -> None:
    authority = await demo_authority(world.settings, world.portal)
    second = pem(await authority.issue_seal("agency.g15.second", "Justice", "G15"))
    with pytest.raises(Invalid):
        await on_registry(world, register, CertificateEntry("G24", second))
    await on_registry(world, register, CertificateEntry("G15", second))
    await spread(world)
    assert len(membership_of(world.desk).certificates_of("G15")) == 2
    with pytest.raises(Conflict):
        await on_registry(world, register, CertificateEntry("G15", second))
    await on_registry(world, end_entry, "certificate", CertificateEntry("G15", second).key)
    root = membership_of(world.portal).configuration.authorities[0]
    with pytest.raises(Invalid):
        await on_registry(world, register, CertificateEntry("G24", root))


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '{"openapi": "2.0", "paths": {}}', '{"openapi": "3.0.0"}', '{"openapi": "3.0.0", "paths": {}}', '{"openapi": "3.0.0", "paths": {"/a/../b": {"get": {}}}}',
        '{"openapi": "3.0.0", "paths": {"a": {"get": {}}}}', "openapi: 3.0.0\npaths: &p {/a: {get: {}}}\nx: *p", "!!python/object/apply:os.system ['true']", "[" * 100_000, "a: " * 5,
    ],
)  # fmt: skip
async def test_a_document_that_describes_nothing_is_refused(world: World, text: str) -> None:
    with pytest.raises(Invalid):
        await on_registry(world, add_service, LAND, text)


async def test_only_the_registrys_node_registers(world: World) -> None:
    with pytest.raises(NotAllowed):
        async with world.registers.write(WHO) as tx:
            await register(tx, WHO, GroupEntry(Group("here", TITLE, ["G01"])))
