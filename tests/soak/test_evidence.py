"""Thousands of flipped bits in containers of every shape, and every bit of tokens and answers. `DINH_FLIPS` says how many for each container."""

import os
import random
from hashlib import sha512
from pathlib import Path

import pytest

from dinh.kernel.errors import BadSignature
from dinh.trust import verify_response, verify_token
from tests.trust.evidence import find_flips, find_inner_flips, open_bench, random_message
from tests.trust.house import create, now

pytestmark = pytest.mark.asyncio(loop_scope="session")
FLIPS = int(os.environ.get("DINH_FLIPS", "3000"))


@pytest.mark.parametrize("size", [0, 1, 2, 16, 256])
@pytest.mark.parametrize("body", [True, False])
async def test_flipped_bits_of_containers_are_found(tmp_path: Path, size: int, body: bool) -> None:
    async with create(tmp_path) as house:
        bench, chance = await open_bench(house), random.Random(size)
        batch = [random_message(chance, body=body) for _ in range(size or 1)]
        data = await bench.batch(batch, size // 2) if size else await bench.single(batch[0])
        await find_flips(house.root, data, min(FLIPS, len(data) * 8), size)
        await find_inner_flips(house.root, data, FLIPS // 10, size)


async def test_every_flipped_bit_of_a_token_and_of_an_answer_is_found(tmp_path: Path) -> None:
    async with create(tmp_path) as house:
        bench = await open_bench(house)
        token, ocsp, digest, at = await bench.token(b"data"), await bench.ocsp(), sha512(b"data").digest(), now()
        for bit in range(len(token) * 8):
            with pytest.raises(BadSignature):
                await verify_token(_flipped(token, bit), digest, [house.root], at)
                pytest.fail(f"bit {bit} of the token")
        for bit in range(len(ocsp) * 8):
            with pytest.raises(BadSignature):
                await verify_response(_flipped(ocsp, bit), bench.member, house.root, at)
                pytest.fail(f"bit {bit} of the response")


def _flipped(data: bytes, bit: int) -> bytes:
    broken = bytearray(data)
    broken[bit // 8] ^= 1 << bit % 8
    return bytes(broken)
