"""A contradiction stays until someone settles it with a reason; its proof is judged anywhere, and settling changes nothing about it."""

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from dinh.app.operator import entrust, health
from dinh.app.signatures import trusted_roots
from dinh.exchange import contradiction_file, contradictions_of, doubts_of, verify_contradiction
from dinh.exchange.heads import Contradiction
from dinh.exchange.heads.contradictions import ContradictionFile
from dinh.kernel import clock
from dinh.kernel.caller import PUBLIC
from dinh.kernel.errors import BadSignature
from dinh.kernel.node import Node
from dinh.trust import pem
from tests import validator as nu
from tests.exchange.spines import WHO, happen, newest, show_round
from tests.exchange.test_heads import _letter, _post, _rewrite
from tests.flows.registry import last_events
from tests.world import World, create

pytestmark = pytest.mark.asyncio(loop_scope="session")
WHY = "Phục hồi thủ công từ bản sao lưu; đã lập biên bản 12/BB."
SETTLED = "exchange:head:settled"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own() -> AsyncIterator[World]:
    async with create() as made:
        yield made


async def _all(node: Node) -> list[Contradiction]:
    async with node.read(WHO) as tx:
        return await contradictions_of(tx)


async def _alarm(node: Node) -> list[str]:
    async with node.read(WHO) as tx:
        return (await doubts_of(tx)).contradicted


async def _proof(node: Node, one: Contradiction) -> bytes:
    async with node.read(WHO) as tx:
        return await contradiction_file(tx, one.id)


async def _settle_down(world: World) -> None:
    """Until a round says nothing new."""
    for _ in range(3):
        for node in world.nodes.values():
            await show_round(node)


async def test_it_stays_open_for_as_long_as_nobody_settles_it_and_its_proof_is_judged_anywhere(own: World) -> None:
    await _settle_down(own)
    await _rewrite(own, own.registers)
    assert await _post(own.portal, await _letter(own.registers)) == "root"
    (found,) = await _all(own.portal)
    assert (found.reason, found.settled, (found.held_epoch, found.held_size)) == ("root", None, (found.shown_epoch, found.shown_size))
    try:
        clock.shift(400 * 86_400)
        assert await _alarm(own.portal) == ["registers"]
    finally:
        clock.shift(0)
    file, roots = await _proof(own.portal, found), trusted_roots(own.settings)
    proved = await verify_contradiction(file, roots)
    assert (proved.node, proved.reason, proved.held_size, proved.conclusive) == ("registers", "root", found.held_size, True)
    with pytest.raises(BadSignature):
        await verify_contradiction(file, [])
    chance = random.Random(17)
    for _ in range(500):
        bit = chance.randrange(len(file) * 8)
        with pytest.raises(BadSignature):
            await verify_contradiction(file[: bit // 8] + bytes([file[bit // 8] ^ 1 << bit % 8]) + file[bit // 8 + 1 :], roots)


async def test_two_heads_of_which_one_goes_on_from_the_other_prove_nothing(own: World) -> None:
    """Nor do the parts of a proof put together otherwise."""
    desk, roots = own.desk, trusted_roots(own.settings)
    await show_round(desk)
    before = await _letter(desk)
    await happen(desk, "goes-on")
    after = await _letter(desk)
    real = msgspec.json.decode(await _proof(own.portal, (await _all(own.portal))[0]), type=ContradictionFile)
    parts: dict[str, Any] = {"reason": "root", "held": before.head, "certificate": before.certificate, "openings": [], "shown": after}
    harms: list[dict[str, Any]] = [
        {"reason": "inconsistent"}, {"reason": "shrunk"}, {"reason": "epoch"}, {"reason": "split"}, {"reason": "taken"}, {"shown": before},
        {"held": real.held, "certificate": real.certificate}, {"shown": real.shown}, {},
    ]  # fmt: skip
    for harm in harms:
        file = msgspec.json.format(msgspec.json.encode(ContradictionFile(**{**parts, **harm}))) + b"\n"
        with pytest.raises(BadSignature):
            await verify_contradiction(file, roots)


async def test_an_operator_settles_it_with_a_reason_and_the_next_one_is_open_again(own: World) -> None:
    (found,) = await _all(own.portal)
    visitor = await own.sign_in(own.account("operator"), own.portal)
    page = (await visitor.get("/operator/heads")).text
    pages = [page]
    assert "1 mâu thuẫn đang chờ bạn" in page
    assert "cùng số sự kiện, nhưng là sự kiện khác" in page
    before = await _proof(own.portal, found)
    assert (await visitor.get(f"/operator/heads/{found.id}/proof")).content == before
    for empty in ("", "  ", "x" * 501, "a\x00b"):
        refused = await visitor.post(f"/operator/heads/{found.id}/settle", {"why": empty})
        assert (refused.status_code, f'href="#why-{found.id}"' in refused.text) == (422, True)
        pages.append(refused.text)
    for somebody in ("mother", own.demo.handler):
        other = await own.sign_in(own.account(somebody), own.portal)
        for path in ("/operator/heads", f"/operator/heads/{found.id}/proof"):
            assert (await other.get(path)).status_code == 403
        assert (await other.post(f"/operator/heads/{found.id}/settle", {"why": WHY})).status_code == 403
    assert await _alarm(own.portal) == ["registers"]
    done = await visitor.post(f"/operator/heads/{found.id}/settle", {"why": WHY})
    assert (done.status_code, WHY in done.text, "Không có mâu thuẫn nào đang chờ bạn" in done.text) == (200, True, True)
    assert "Không nút nào mâu thuẫn" not in done.text, "settling makes nothing right"
    assert (await visitor.post(f"/operator/heads/{found.id}/settle", {"why": "lần nữa"})).status_code == 409
    assert await _alarm(own.portal) == []
    assert "app.need_contradiction" not in {need.key for need in (await health(own.portal, PUBLIC)).needs}
    assert 'dinh_exchange_contradictions{node="portal"} 0.0' in (await own.visitor(own.portal).get("/metrics")).text
    assert (await last_events(own.portal, SETTLED))[0] == {
        "node": "registers",
        "settled": "operator",
        "number": found.held_epoch,
        "held": found.held_size,
    }
    _valid([*pages, done.text])
    await _nothing_is_made_right(own, found, before)


def _valid(pages: list[str]) -> None:
    """As tests/flows/test_html.py looks at pages, which finds no contradiction on this one."""
    if not nu.available():
        return
    validator = nu.Validator()
    try:
        assert [fault for page in pages for fault in validator.faults(page.encode())] == []
    finally:
        validator.close()


async def _nothing_is_made_right(world: World, found: Contradiction, before: bytes) -> None:
    """The same head is no news; any other opens one anew; what is held is held, and the proof is the same to the byte."""
    assert await _post(world.portal, await _letter(world.registers)) == "root", "still refused"
    assert await _alarm(world.portal) == []
    await happen(world.registers, "and-on")
    await show_round(world.registers)
    again, old = await _all(world.portal)
    assert (old.id, old.settled, old.why) == (found.id, "operator", WHY)
    assert (again.settled, again.reason, again.held_size) == (None, "inconsistent", found.held_size)
    assert again.shown_size == (await newest(world.registers))[1]
    assert await _proof(world.portal, old) == before
    roots = trusted_roots(world.settings)
    assert (await verify_contradiction(before, roots)).conclusive
    assert not (await verify_contradiction(await _proof(world.portal, again), roots)).conclusive, (
        "a path that proves nothing is no statement of the node's"
    )


async def test_the_commands_list_save_judge_and_settle(own: World, tmp_path: Path) -> None:
    (again, _), roots, file = await _all(own.portal), tmp_path / "roots.pem", tmp_path / "proof.json"
    roots.write_text("".join(pem(one) for one in trusted_roots(own.settings)))

    async def typed(*words: str) -> tuple[int, Any]:
        command = [sys.executable, "-m", "dinh", *words, "--json"]
        environment = {"DINH_HOME": str(own.settings.home), "PATH": "/usr/bin:/bin"}
        done = await asyncio.to_thread(subprocess.run, command, env=environment, check=False, capture_output=True, text=True)
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    code, listed = await typed("head", "contradictions", "portal")
    assert (code, [one["contradiction"]["settled"] for one in listed]) == (0, [None, "operator"])
    assert (await typed("head", "proof", "portal", str(again.id), str(file)))[0] == 0
    for _ in range(2):
        code, verdict = await typed("verify", "contradiction", str(file), "--root", str(roots))
        assert (code, verdict["verdict"], verdict["contradiction"]["reason"]) == (1, "contradicted", "inconsistent"), "settled or not"
        await typed("head", "settle", "portal", str(again.id), "--reason", WHY)
    assert await _alarm(own.portal) == []
    assert (await typed("head", "settle", "portal", str(again.id), "--reason", WHY))[0] == 1
    file.write_bytes(file.read_bytes().replace(b'"inconsistent"', b'"root"'))
    assert (await typed("verify", "contradiction", str(file), "--root", str(roots)))[0] == 2


async def test_the_right_to_settle_ends_with_the_trust_in_who_has_it(own: World) -> None:
    """On the node where the alarm is: an operator of another node is nobody here."""
    account = own.account(own.demo.handler)
    async with own.desk.write(WHO) as tx:
        await entrust(tx, WHO, await own.person(account))
    assert (await (await own.sign_in(account, own.desk)).get("/operator/heads")).status_code == 200
    assert (await (await own.sign_in(account, own.portal)).get("/operator/heads")).status_code == 403
