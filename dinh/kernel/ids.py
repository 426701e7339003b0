"""Identifiers: UUIDv7 made here (time-ordered, so indexes grow at one end) and random tokens."""

import hashlib
import os
import secrets
import time
from uuid import UUID

_last = 0


def new_id() -> UUID:
    """RFC 9562 version 7, method 3: 60 bits of time (milliseconds and their 4096ths) that never stand still, then 62 random bits.

    Ids made one after another by a process sort in that order.
    """
    global _last  # noqa: PLW0603 - one line of time per process
    now = time.time_ns()
    _last = max(_last + 1, ((now // 1_000_000) << 12) | ((now % 1_000_000) * 4096 // 1_000_000))
    value = ((_last >> 12) << 80) | (0x7 << 76) | ((_last & 0xFFF) << 64) | (0x2 << 62) | (int.from_bytes(os.urandom(8)) >> 2)
    return UUID(int=value)


def token() -> str:
    """256 random bits for sessions and links, safe in a URL; only its hash is stored."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is stored instead of a token."""
    return hashlib.sha256(secret.encode()).digest()
