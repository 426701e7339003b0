"""A person takes away a proof that an access was recorded; `dinh verify access` judges it without asking any node."""

import base64
import json
import random
import subprocess
import sys
from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from dinh.app.authority import demo_authority
from dinh.app.places import root_file
from dinh.app.signatures import trusted_roots
from dinh.exchange import show_heads
from dinh.exchange.accesslog import FIELDS, Line, commitment, digest, hidden, name_of, salts_of, values_of
from dinh.exchange.proofs import verify_access
from dinh.kernel import clock, ids
from dinh.trust import handle_of_node, keep_certificates, kept_certificates
from tests.exchange.backend import WHO
from tests.exchange.people import System, entries_of_call, number_of
from tests.exchange.spines import happen
from tests.exchange.test_access_log import exported, somebody
from tests.flows.warehouse import stranger
from tests.world import Visitor, World

FLIPS = 2_000


async def seal(world: World, *, witnessed: bool = False) -> None:
    await world.settle()
    if witnessed:
        clock.shift(120)
        await show_heads(world.registers)
        clock.shift(0)


async def proof_of(world: World, visitor: Visitor, entry: dict[str, Any], *, witnessed: bool = False) -> bytes:
    await seal(world, witnessed=witnessed)
    answer = await visitor.get(f"/my-data/proof/{entry['node']}/{entry['id']}")
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["content-disposition"]
    return answer.content


@pytest.mark.asyncio(loop_scope="session")
async def test_a_proof_is_verified_offline_and_every_flipped_bit_is_found(world: World, asking: System) -> None:
    visitor, number = await somebody(world)
    assert (await asking.about("whole", number, **{"X-Road-Issue": "H24-11"})).status_code == 200
    assert (await asking.about("notarial", number)).status_code == 200
    entries = {entry["what"].rpartition("/")[2]: entry for entry in (await exported(visitor))["entries"]}
    roots = trusted_roots(world.settings)
    whole = await proof_of(world, visitor, entries["whole"])
    report = await verify_access(whole, roots)
    assert (report.verdict, report.entries[0]["case_code"], report.entries[0]["agency"]) == ("verified", "H24-11", "G22")
    assert number.encode() not in whole
    generator = random.Random(20261122)
    for _ in range(FLIPS):
        flipped = bytearray(whole)
        at = generator.randrange(len(whole))
        flipped[at] ^= 1 << generator.randrange(8)
        assert (await verify_access(bytes(flipped), roots)).verdict == "refused", at
    # What the rule does not show is not in the proof either, and the rest is proved all the same.
    notarial = await proof_of(world, visitor, entries["notarial"])
    assert b"G22" not in base64.b64decode(json.loads(notarial)["nodes"][0]["entries"][0]["data"])
    report = await verify_access(notarial, roots)
    assert report.verdict == "verified"
    assert {"agency", "post", "case_code", "actor", "message"}.isdisjoint(report.entries[0])


@pytest.mark.asyncio(loop_scope="session")
async def test_every_bit_of_the_certificate_and_the_head_counts(world: World, asking: System) -> None:
    visitor, number = await somebody(world)
    assert (await asking.about("body", number)).status_code == 200
    (entry,) = (await exported(visitor))["entries"]
    found, roots = json.loads(await proof_of(world, visitor, entry, witnessed=True)), trusted_roots(world.settings)
    assert found["nodes"][0]["witnessed"]["witness"] == "portal"
    whole = json.dumps(found, separators=(",", ":")).encode()
    report = await verify_access(whole, roots)
    assert (report.verdict, report.entries[0]["witness"]) == ("verified", "portal")
    start, end = whole.index(b'"head"'), whole.index(b'"entries"')
    for at in range(start, end):
        flipped = bytearray(whole)
        flipped[at] ^= 1 << at % 8
        assert (await verify_access(bytes(flipped), roots)).verdict == "refused", at


@pytest.mark.asyncio(loop_scope="session")
async def test_a_head_from_before_the_certificate_was_renewed_is_not_judged_by_the_new_one(world: World, asking: System) -> None:
    visitor, number = await somebody(world)
    assert (await asking.about("body", number)).status_code == 200
    (entry,) = (await exported(visitor))["entries"]
    before = json.loads(await proof_of(world, visitor, entry, witnessed=True))
    node, handle = world.registers, handle_of_node("registers")
    async with node.read(WHO) as tx:
        kept = x509.load_pem_x509_certificate((await kept_certificates(tx, [handle]))[handle].encode())
    try:
        clock.shift(900)
        renewed = await (await demo_authority(world.settings, node)).renew(kept)
        async with node.write(WHO) as tx:
            await keep_certificates(tx, {handle: renewed})
        await happen(node)
        found = await proof_of(world, visitor, entry)
        assert json.loads(found)["nodes"][0]["head"]["size"] > before["nodes"][0]["head"]["size"]
        report = await verify_access(found, trusted_roots(world.settings))
        assert report.verdict == "verified", report.why
    finally:
        async with node.write(WHO) as tx:
            await keep_certificates(tx, {handle: kept})
        clock.shift(0)


@pytest.mark.asyncio(loop_scope="session")
async def test_what_was_put_together_otherwise_is_refused(world: World, asking: System) -> None:
    visitor, number = await somebody(world)
    for _ in range(2):
        assert (await asking.about("body", number)).status_code == 200
    entries = (await exported(visitor))["entries"]
    await seal(world)
    answer = await visitor.get("/my-data/export?format=proof")
    whole, roots = json.loads(answer.content), trusted_roots(world.settings)
    assert (await verify_access(answer.content, roots)).verdict == "verified"
    assert [one["id"] for one in (await verify_access(answer.content, roots)).entries] == [entry["id"] for entry in entries]
    one, two = whole["nodes"][0]["entries"]

    async def refused(changed: dict[str, Any]) -> None:
        assert (await verify_access(json.dumps(changed, separators=(",", ":")).encode(), roots)).verdict == "refused"

    def with_entry(**more: Any) -> dict[str, Any]:
        return {**whole, "nodes": [{**whole["nodes"][0], "entries": [{**one, **more}]}]}

    shown, unseen = one["shown"], one["hidden"]
    await refused(with_entry(shown=two["shown"]))
    await refused(with_entry(data=two["data"]))
    await refused(with_entry(position=two["position"], path=two["path"]))
    await refused(with_entry(shown={name: value for name, value in shown.items() if name != "agency"}))
    await refused(with_entry(shown={**shown, "agency": {**shown["agency"], "value": "H24"}}))
    await refused(with_entry(hidden={**unseen, "agency": unseen["post"]}))
    await refused(with_entry(shown={**shown, "more": shown["agency"]}))
    await refused({**whole, "nodes": []})
    await refused({**whole, "nodes": [{**whole["nodes"][0], "entries": []}]})
    await refused({**whole, "schema": "urn:dinh:access-proof:2"})
    await refused({**whole, "note": "a word of mine"})
    assert (await verify_access(answer.content + b"\n", roots)).verdict == "refused"
    assert (await verify_access(answer.content, [])).verdict == "refused", "without a trusted authority"


@pytest.mark.asyncio(loop_scope="session")
async def test_the_command_says_it_by_its_exit_code_without_a_node(world: World, asking: System, tmp_path: Path) -> None:
    visitor, number = await somebody(world)
    assert (await asking.about("body", number)).status_code == 200
    (entry,) = (await exported(visitor))["entries"]
    file = tmp_path / "proof.json"
    file.write_bytes(await proof_of(world, visitor, entry))
    command = [str(Path(sys.executable).parent / "dinh"), "verify", "access", str(file), "--root", str(root_file(world.settings))]

    def judge() -> tuple[int, str]:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": "/nowhere", "HOME": str(tmp_path)})
        return done.returncode, done.stdout + done.stderr

    code, said = judge()
    assert code == 0, said
    assert "G01/people/body" in said
    file.write_bytes(file.read_bytes().replace(b"G22", b"G23"))
    assert judge()[0] == 1
    file.unlink()
    assert judge()[0] == 1


@pytest.mark.asyncio(loop_scope="session")
async def test_nobody_gets_a_proof_of_what_they_are_not_shown(world: World, asking: System) -> None:
    visitor, number = await somebody(world)
    assert (await asking.about("body", number)).status_code == 200
    (entry,) = (await exported(visitor))["entries"]
    thief, _ = await somebody(world)
    person = await stranger(world)
    withheld = await asking.about("withheld", await number_of(world, person), **{"Dinh-Order": "21/QD-2026"})
    (kept,) = await entries_of_call(world, withheld)
    victim = await world.arrive(person, world.portal)
    await seal(world)
    for who, asked in ((thief, entry["id"]), (victim, kept["id"]), (visitor, ids.new_id())):
        assert (await who.get(f"/my-data/proof/registers/{asked}")).status_code == 404
    assert (await visitor.get(f"/my-data/proof/nowhere/{entry['id']}")).status_code == 404
    try:
        clock.shift(31 * 86400)
        await world.go_on()
        later = await world.arrive(person, world.portal)
        assert (
            await verify_access(await proof_of(world, later, {"node": "registers", "id": kept["id"]}), trusted_roots(world.settings))
        ).verdict == "verified"
    finally:
        clock.shift(0)
        await world.go_on()


@pytest.mark.asyncio(loop_scope="session")
async def test_entries_of_releases_before_say_that_they_have_no_proof(world: World) -> None:
    from tests.flows.test_my_data import _seen

    person = await stranger(world)
    visitor = await world.arrive(person, world.portal)
    await _seen(world.registers, person)
    (entry,) = (await exported(visitor))["entries"]
    assert entry["provable"] is False
    page = (await visitor.get("/my-data")).text
    assert "/my-data/proof/" not in page
    assert "thì không có bằng chứng" in page
    assert (await visitor.get(f"/my-data/proof/registers/{entry['id']}")).status_code == 404
    assert (await visitor.get("/my-data/export?format=proof")).status_code == 404


text = st.text(max_size=20)
lines = st.builds(
    Line, id=st.uuids(), person=text, at=st.datetimes(timezones=st.just(UTC)), agency=text, actor=st.none() | text, post=st.none() | text, purpose=text,
    legal_basis=text, what=text, case_code=st.none() | st.sampled_from(["A", "B"]), own=st.booleans(), shown=st.sampled_from(["full", "agency", "category"]),
    message=st.none() | st.uuids(), embargo=st.none() | st.uuids(), nonce=st.binary(min_size=16, max_size=16),
)  # fmt: skip


def digests_of(line: Line) -> dict[str, bytes]:
    return {name: digest(salts_of(line.nonce)[name], name, value) for name, value in values_of(line).items()}


@given(lines, lines)
def test_two_entries_commit_to_the_same_only_when_they_are_the_same(one: Line, two: Line) -> None:
    same = values_of(one) == values_of(two) and one.nonce == two.nonce
    assert (commitment(digests_of(one)) == commitment(digests_of(two))) == same


@given(lines, st.sampled_from(FIELDS))
def test_each_field_counts(line: Line, field: str) -> None:
    values = values_of(line)
    changed = digests_of(line) | {field: digest(salts_of(line.nonce)[field], field, f"{values[field]}x")}
    assert commitment(changed) != commitment(digests_of(line))


@given(lines)
def test_a_rule_never_shows_more_than_it_says(line: Line) -> None:
    unseen = hidden(line, ["A"])
    assert "actor" in unseen
    if line.own or line.case_code == "A":
        assert unseen == {"actor"}
    else:
        assert ("agency" in unseen) == (line.shown == "category")
        assert ("post" in unseen) == ("case_code" in unseen) == (line.shown != "full")


def test_services_of_systems_are_named_with_whose_they_are() -> None:
    assert (name_of("G01", None, "population.person"), name_of("G01", "people", "body")) == ("population.person", "G01/people/body")
    assert msgspec.json.encode(name_of("G01", "people", "body")) == b'"G01/people/body"'
