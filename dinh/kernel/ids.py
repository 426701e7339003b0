"""Identifiers: UUIDv7 made here (time-ordered, so indexes grow at one end) and random tokens."""

import hashlib
import os
import secrets
import time
from uuid import UUID


def new_id() -> UUID:
    """RFC 9562 version 7: 48 bits of Unix milliseconds, 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | (0x7 << 76)
    return UUID(int=value & ~(0x3 << 62) | (0x2 << 62))


def token() -> str:
    """256 random bits for sessions and links, safe in a URL; only its hash is stored."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is stored instead of a token."""
    return hashlib.sha256(secret.encode()).digest()
