"""The registry of the exchange: what it publishes, what nodes take, and what goes on without it."""

import asyncio
import base64
import gzip
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest
import pytest_asyncio

from dinh.app import serve
from dinh.app.nodes import open_nodes
from dinh.exchange import (
    CONFIGURATION,
    REVOCATIONS,
    CertificateEntry,
    Group,
    GroupEntry,
    Held,
    Membership,
    anchor_of,
    end_entry,
    follow_registry,
    membership_of,
    publish_configuration,
    register,
    revoke,
    set_anchor,
)
from dinh.exchange.members import Anchor
from dinh.exchange.members.jobs import PATH
from dinh.kernel import clock
from dinh.kernel.errors import BadSignature, Conflict, NotAllowed, Unavailable
from dinh.trust import Keyring, token_key
from tests.flows.registry import (
    HOUR,
    WHO,
    answering,
    document,
    last_events,
    offline,
    on_registry,
    online,
    question,
    reachable,
    spread,
    taken,
    version_of,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def registry(world: World) -> AsyncIterator[None]:
    async with reachable(world):
        yield


# What is published


async def test_the_configuration_names_everyone_and_rises_with_each_change_only(world: World) -> None:
    await spread(world)
    before = await version_of(world.registers)
    await spread(world)
    assert await version_of(world.registers) == before, "nothing changed"
    found = membership_of(world.registers).configuration
    assert {one.code for one in found.servers} == set(world.nodes)
    assert {one.member for one in found.certificates} == {one.code for one in found.members} >= {"G01", "G22", "H24"}
    assert len(found.authorities) == 1
    assert [one.code for one in found.services] == [
        one.code for one in sorted(found.services, key=lambda one: (one.provider, one.subsystem or "", one.code))
    ]
    await on_registry(world, register, GroupEntry(Group("tiers", {"vi": "Nhóm", "en": "Group"}, ["H24.*"])))
    await spread(world)
    assert await version_of(world.registers) == before + 1
    await on_registry(world, end_entry, "group", "tiers")
    await spread(world)
    assert await version_of(world.registers) == before + 2
    assert found.groups == [one for one in membership_of(world.desk).configuration.groups if one.code != "tiers"]


async def test_whoever_has_it_already_is_told_so(world: World) -> None:
    await spread(world)
    for kind in (CONFIGURATION, REVOCATIONS):
        first = await world.visitor(world.portal).get(f"{PATH}/{kind}")
        assert first.headers["content-type"] == "application/jose"
        again = await world.visitor(world.portal).get(f"{PATH}/{kind}", headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert (await world.visitor(world.registers).get(f"{PATH}/{kind}")).status_code == 404, "the registry's node alone"


async def test_a_start_without_a_change_publishes_no_version_and_a_restored_registry_goes_on_above_its_nodes(world: World) -> None:
    await on_registry(world, revoke, "member", "T01", "mistake")
    await spread(world)
    await on_registry(world, end_entry, "revocation", "member/T01")
    await spread(world)
    before = {kind: await version_of(world.desk, kind) for kind in (CONFIGURATION, REVOCATIONS)}
    await world.go_on()
    assert {kind: await version_of(world.desk, kind) for kind in (CONFIGURATION, REVOCATIONS)} == before
    kept = before[CONFIGURATION]
    await publish_configuration(world.portal, {CONFIGURATION: kept + 7})
    for node in world.nodes.values():
        await follow_registry(node)
    assert await version_of(world.desk) == kept + 8


async def test_it_is_signed_again_before_it_runs_out_without_a_new_version(world: World) -> None:
    await spread(world)
    before, until = await version_of(world.desk), membership_of(world.desk).until
    clock.shift(2 * HOUR)
    await spread(world)
    assert await version_of(world.desk) == before
    assert membership_of(world.desk).until >= until + timedelta(hours=2) - timedelta(minutes=5)


# What is refused


async def test_a_changed_document_is_refused_wherever_a_bit_was_turned(world: World) -> None:
    await spread(world)
    token = await document(world)
    header, payload, value = token.split(".")
    for broken in (
        token[:-8] + "AAAAAAAA", f"{header}.{payload[:-4]}AAAA.{value}", f"{header}.{payload}.", f"{header}.{payload}", "", "x", f"{token}.{value}",
        f"{_segment({'alg': 'none', 'typ': 'dinh-configuration+jws'})}.{payload}.", f"{_segment({'alg': 'HS256', 'typ': 'dinh-configuration+jws'})}.{payload}.{value}",
    ):  # fmt: skip
        with pytest.raises(BadSignature):
            await taken(world.registers, CONFIGURATION, broken)
    with pytest.raises(BadSignature):
        await taken(world.registers, REVOCATIONS, token)
    with pytest.raises(BadSignature):
        await taken(world.registers, CONFIGURATION, await document(world, REVOCATIONS))


def _segment(content: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


async def _signed_by(world: World, handle: str, changes: dict[str, object]) -> str:
    """The held configuration with changes, under some key of the signer."""
    key = await token_key(world.portal.part(Keyring).signer, handle)
    made = msgspec.structs.replace(membership_of(world.portal).configuration, **changes)
    return await key.jws(msgspec.json.encode(made), "dinh-configuration+jws")


async def test_only_the_registry_of_the_anchor_is_believed(world: World) -> None:
    now = clock.now()
    with pytest.raises(BadSignature):
        await taken(world.registers, CONFIGURATION, await _signed_by(world, "registry.other", {"version": 10_000}))
    for changes in (
        {"instance": "XX", "version": 10_000}, {"version": 10_000, "made_at": now + timedelta(hours=1)}, {"version": 10_000, "valid_until": now - timedelta(seconds=1)},
    ):  # fmt: skip
        with pytest.raises(BadSignature):
            await taken(world.registers, CONFIGURATION, await _signed_by(world, "registry.portal", changes))
    async with world.registers.read(WHO) as tx:
        known = await anchor_of(tx)
    assert known
    with pytest.raises(Conflict) as refusal:
        async with world.registers.write(WHO) as tx:
            await set_anchor(tx, Anchor(known.instance, {**known.key, "x": known.key["y"]}))
    assert refusal.value.key == "exchange.other_registry"


async def test_a_version_never_goes_back_and_the_attempt_is_on_record(world: World) -> None:
    await spread(world)
    old = await document(world)
    await on_registry(world, register, GroupEntry(Group("rising", {"en": "Rising"}, ["G01"])))
    await spread(world)
    before = await version_of(world.registers)
    with pytest.raises(Conflict):
        await taken(world.registers, CONFIGURATION, old)
    answering(world, 200, old.encode())
    await follow_registry(world.registers)
    assert await version_of(world.registers) == before
    assert {"kind": CONFIGURATION, "reason": "exchange.rollback"} in await last_events(world.registers, "exchange:configuration:refused")
    online(world)
    await on_registry(world, end_entry, "group", "rising")
    await spread(world)


@pytest.mark.parametrize("body", [b"", b"not a token", b"\xff\xfe", b"<html>", b"a.b.c", gzip.compress(b"x", mtime=0)])
async def test_whatever_answers_at_the_registrys_address_the_node_goes_on(world: World, body: bytes) -> None:
    before = await version_of(world.registers)
    for status in (200, 302, 404, 500):
        answering(world, status, body)
        await follow_registry(world.registers)
    assert await version_of(world.registers) == before
    assert await question(world)


# Without the registry


async def test_traffic_goes_on_for_a_day_without_the_registry_and_stops_after_three(world: World) -> None:
    await spread(world)
    offline(world)
    clock.shift(24 * HOUR)
    for node in world.nodes.values():
        await follow_registry(node)
    assert await question(world), "registry down for 24 hours"
    assert (await last_events(world.registers, "exchange:gap:opened"))[0] == {"part": REVOCATIONS}
    clock.shift(71 * HOUR)
    assert await question(world)
    clock.shift(73 * HOUR)
    with pytest.raises(Unavailable) as refusal:
        await question(world)
    assert refusal.value.key == "exchange.stale"
    online(world)
    await spread(world)
    assert await question(world), "back, and nothing was lost"
    closed = (await last_events(world.registers, "exchange:gap:closed"))[0]
    assert closed["part"] == REVOCATIONS
    assert 48 * HOUR <= int(str(closed["seconds"])) <= 50 * HOUR


async def test_a_node_starts_without_the_registry_from_the_newest_document_that_verifies(world: World) -> None:
    await spread(world)
    offline(world)
    held = await version_of(world.desk)
    async with world.desk.pool.acquire() as connection:
        await connection.execute("SET ROLE dinh_system")
        await connection.execute(
            "INSERT INTO exchange.held SELECT kind, version + 1, made_at, until, checked_at, replace(document, 'a', 'b') FROM exchange.held WHERE version = $1 AND kind = $2",
            held, CONFIGURATION,
        )  # fmt: skip
        await connection.execute("RESET ROLE")
    async with open_nodes(world.settings, web=False) as nodes:
        assert membership_of(nodes[world.desk.code]).configuration.version == held, "the broken row is passed over"
    async with world.desk.pool.acquire() as connection:
        await connection.execute("SET ROLE dinh_system")
        await connection.execute("DELETE FROM exchange.held WHERE version = $1 AND kind = $2", held + 1, CONFIGURATION)
        await connection.execute("RESET ROLE")


async def test_a_node_that_never_had_a_configuration_asks_nothing(world: World) -> None:
    held = world.registers.part(Held)
    world.registers.plug(Held, Held())
    with pytest.raises(Unavailable) as refusal:
        membership_of(world.registers)
    assert refusal.value.key == "exchange.no_configuration"
    world.registers.plug(Held, held)
    found = membership_of(world.registers).configuration
    with pytest.raises(Unavailable):
        Membership(found, None).check_current()


# Revocation


@pytest.mark.parametrize(("what", "of"), [("member", "G22"), ("member", "G01"), ("server", "registers"), ("server", "portal")])
async def test_what_is_revoked_stops_within_a_round_and_comes_back_when_it_is_taken_back(world: World, what: str, of: str) -> None:
    await spread(world)
    assert await question(world)
    await on_registry(world, revoke, what, of, "misuse")
    await spread(world)
    with pytest.raises(NotAllowed) as refusal:
        await question(world)
    assert refusal.value.key == "exchange.revoked"
    await on_registry(world, end_entry, "revocation", f"{what}/{of}")
    await spread(world)
    assert await question(world)


async def test_the_other_side_refuses_too_and_a_sender_cannot_keep_the_list_from_it(world: World) -> None:
    """The sender does not look; the receiver does."""
    await spread(world)
    before = world.portal.part(Held).membership
    await on_registry(world, revoke, "member", "G22", "key_lost")
    await spread(world)
    world.portal.part(Held).membership = before
    with pytest.raises(NotAllowed) as refusal:
        await question(world)
    assert refusal.value.key == "exchange.revoked"
    await on_registry(world, end_entry, "revocation", "member/G22")
    await spread(world)


async def test_a_revoked_certificate_no_longer_belongs_to_its_member(world: World) -> None:
    await spread(world)
    certificate = await world.portal.part(Keyring).certificate("member.g01")
    assert membership_of(world.desk).certificates_of("G01") == [certificate]
    entry = next(one for one in membership_of(world.desk).configuration.certificates if one.member == "G01")
    key = CertificateEntry("G01", entry.pem).key
    await on_registry(world, revoke, "certificate", key, "superseded")
    await spread(world)
    assert membership_of(world.desk).certificates_of("G01") == []
    with pytest.raises((BadSignature, Unavailable)):
        await question(world)
    await on_registry(world, end_entry, "revocation", f"certificate/{key}")
    await spread(world)


# Two processes


async def test_another_process_of_the_node_notices_within_seconds(world: World) -> None:
    await spread(world)
    async with open_nodes(world.settings, web=False) as others, serve.watching(others):
        other = others["registers"]
        assert membership_of(other).configuration.version == await version_of(world.registers)
        await on_registry(world, revoke, "member", "H24", "left")
        await spread(world)
        async with asyncio.timeout(10):
            while membership_of(other).revocations.members != ["H24"]:  # type: ignore[union-attr]
                await asyncio.sleep(0.1)
    await on_registry(world, end_entry, "revocation", "member/H24")
    await spread(world)
