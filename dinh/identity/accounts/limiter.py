"""Rate limits shared by all processes: the storage of `limits` over PostgreSQL.

It has its own connections and commits by itself: a limit must survive the rollback of what it limited.
"""

import time

import asyncpg
from limits import RateLimitItemPerMinute
from limits.aio.storage import MovingWindowSupport, Storage
from limits.aio.strategies import MovingWindowRateLimiter

from dinh.kernel.errors import Unavailable

# Wrong attempts from one place on one account; on one account from anywhere, high enough that a stranger's few guesses do not
# lock its owner out; from one place on any account.
PER_PLACE_AND_ACCOUNT = RateLimitItemPerMinute(5, 15, namespace="place-account")
PER_ACCOUNT = RateLimitItemPerMinute(50, 15, namespace="account")
PER_ADDRESS = RateLimitItemPerMinute(200, 15, namespace="address")

# One statement, so the row lock makes it exact between processes; no row comes back when the limit is reached.
_ACQUIRE = """
INSERT INTO identity.rate_mark AS r (key, marks, expires_at) VALUES ($1, array_fill($2::float8, ARRAY[$4::int]), $2::float8 + $3)
ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at,
  marks = ARRAY(SELECT m FROM unnest(r.marks) m WHERE m > $2::float8 - $3 ORDER BY m) || excluded.marks
WHERE (SELECT count(*) FROM unnest(r.marks) m WHERE m > $2::float8 - $3) + $4 <= $5
RETURNING true"""
_INCREMENT = """
INSERT INTO identity.rate_mark AS r (key, marks, expires_at) VALUES ($1, array_fill($2::float8, ARRAY[$4::int]), $2::float8 + $3)
ON CONFLICT (key) DO UPDATE SET
  marks = CASE WHEN r.expires_at > $2 THEN r.marks || excluded.marks ELSE excluded.marks END,
  expires_at = CASE WHEN r.expires_at > $2 THEN r.expires_at ELSE excluded.expires_at END
RETURNING cardinality(marks)"""


class PostgresStorage(Storage, MovingWindowSupport):
    STORAGE_SCHEME = None

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__()
        self._pool = pool

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return (asyncpg.PostgresError, OSError)

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        if amount > limit:
            return False
        return await self._pool.fetchval(_ACQUIRE, key, time.time(), float(expiry), amount, limit) is True

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002
        now = time.time()
        marks = await self._pool.fetchval("SELECT marks FROM identity.rate_mark WHERE key = $1", key) or []
        live = [m for m in marks if m > now - expiry]
        return (min(live, default=now), len(live))

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return int(await self._pool.fetchval(_INCREMENT, key, time.time(), float(expiry), amount))

    async def get(self, key: str) -> int:
        sql = "SELECT cardinality(marks) FROM identity.rate_mark WHERE key = $1 AND expires_at > $2"
        return await self._pool.fetchval(sql, key, time.time()) or 0

    async def get_expiry(self, key: str) -> float:
        sql = "SELECT expires_at FROM identity.rate_mark WHERE key = $1"
        return await self._pool.fetchval(sql, key) or time.time()

    async def clear(self, key: str) -> None:
        await self._pool.execute("DELETE FROM identity.rate_mark WHERE key = $1", key)

    async def reset(self) -> int | None:
        return int((await self._pool.execute("DELETE FROM identity.rate_mark")).split()[-1])

    async def check(self) -> bool:
        return await self._pool.fetchval("SELECT true") is True


class Limiter:
    """Counts attempts before they are checked, and forgives them once one succeeds."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._limits = MovingWindowRateLimiter(PostgresStorage(pool))

    async def allows(self, account: str, address: str) -> bool:
        """Raises Unavailable when the database is down."""
        try:
            return (
                await self._limits.hit(PER_ADDRESS, address)
                and await self._limits.hit(PER_ACCOUNT, account)
                and await self._limits.hit(PER_PLACE_AND_ACCOUNT, account, address)
            )
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise Unavailable("kernel.database_down") from error

    async def forgive(self, account: str, address: str) -> None:
        await self._limits.clear(PER_ACCOUNT, account)
        await self._limits.clear(PER_PLACE_AND_ACCOUNT, account, address)
