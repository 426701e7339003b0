"""A head as a file: judged without a node, by commands too, and no flipped bit is missed."""

import asyncio
import base64
import json
import random
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from cryptography import x509

from dinh.app.heads import save
from dinh.app.signatures import trusted_roots
from dinh.exchange import prove_head, verify_head
from dinh.kernel import events
from dinh.kernel.errors import BadSignature
from dinh.trust import pem
from tests.exchange.spines import WHO, happen, newest, show_round
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _saved(world: World, subject: str) -> tuple[bytes, list[x509.Certificate]]:
    await happen(world.registers, subject)
    await show_round(world.registers)
    async with world.registers.read(WHO) as tx:
        event = (await events.read_history(tx, f"{subject}-0"))[-1].id
    return await prove_head(world.registers, event), trusted_roots(world.settings)


async def test_a_saved_head_with_its_event_is_judged_without_a_node_and_no_flipped_bit_is_missed(world: World) -> None:
    file, roots = await _saved(world, "proved")
    found = await verify_head(file, roots)
    assert (found.node, (found.epoch, found.size)) == ("registers", await newest(world.registers))
    assert found.event
    assert (found.event.subject, found.covered, found.witness) == ("proved-0", True, "portal")
    assert (await verify_head(await prove_head(world.registers), roots)).event is None
    chance = random.Random(11)
    for _ in range(2_000):
        bit = chance.randrange(len(file) * 8)
        with pytest.raises(BadSignature):
            await verify_head(file[: bit // 8] + bytes([file[bit // 8] ^ 1 << bit % 8]) + file[bit // 8 + 1 :], roots)


async def test_a_saved_head_is_refused_with_parts_of_another_and_under_another_authority(world: World) -> None:
    first, roots = await _saved(world, "first")
    second, _ = await _saved(world, "second")
    one, other = json.loads(first), json.loads(second)
    for part in one:
        # Both heads' node has one certificate.
        if one[part] != other[part]:
            with pytest.raises(BadSignature):
                await verify_head(msgspec.json.format(msgspec.json.encode(one | {part: other[part]})) + b"\n", roots)
        with pytest.raises(BadSignature):
            await verify_head(msgspec.json.format(msgspec.json.encode({key: value for key, value in one.items() if key != part})) + b"\n", roots)
    with pytest.raises(BadSignature):
        await verify_head(first, [])
    with pytest.raises(BadSignature):
        await verify_head(first, [x509.load_der_x509_certificate(base64.b64decode(one["certificate"]))])


async def test_the_commands_save_a_head_and_judge_it(world: World, tmp_path: Path) -> None:
    file, roots = await _saved(world, "commanded")
    path, authority = tmp_path / "head.json", tmp_path / "roots.pem"
    path.write_bytes(file)
    authority.write_text("".join(pem(one) for one in roots))
    command = [sys.executable, "-m", "dinh", "verify", "head", str(path), "--root", str(authority), "--json"]
    done = await asyncio.to_thread(subprocess.run, command, check=False, capture_output=True, text=True)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "verified")
    path.write_bytes(file.replace(b'"epoch"', b'"epoc"'))
    done = await asyncio.to_thread(subprocess.run, command, check=False, capture_output=True, text=True)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (1, "refused")
    assert (await save(world.settings, "registers", None)) == await prove_head(world.registers)
