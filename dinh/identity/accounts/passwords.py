"""Argon2id in a small pool of threads: it is the bottleneck of a sign-in, and a lever for overload."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dinh.kernel.errors import Unavailable

THREADS = 2
WAITING = 32

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
_places = asyncio.Semaphore(THREADS + WAITING)
NOBODY = _hasher.hash("the password of an account that does not exist")


async def make(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_pool, _hasher.hash, password)


async def matches(stored: str | None, password: str) -> bool:
    """False after the same work when there is no account."""
    if _places.locked():
        raise Unavailable("identity.busy")
    async with _places:
        loop = asyncio.get_running_loop()
        good = await loop.run_in_executor(_pool, _verify, stored or NOBODY, password)
    return good and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
