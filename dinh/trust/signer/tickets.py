"""Tickets: a person's key signs because that person said so, for one decision.

The identity provider issues a ticket when the official confirms a decision with a factor of their own; `subject` is the
SHA-256 of that decision. The paper that carries it is rendered later, in a job, which may have to start again: a ticket
opens the key a few times, for this decision only, and each use is on disk before its signature exists.
"""

import fcntl
import hmac
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TextIO

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

TYPE = "sign-ticket+jwt"
LONGEST_LIFE = 3 * 24 * 3600
"""Seconds a ticket may still have to run when it is presented: a job may wait over a weekend."""
USES = 3
"""Signatures that one ticket opens the key for."""
MEMORY = 24 * 3600
"""Seconds a spent ticket is remembered after it expired, in case the clock is set back."""

Jti = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{16,64}\Z")]


class TicketError(ValueError):
    """The ticket does not allow this signature."""


class Claims(msgspec.Struct, frozen=True):
    handle: str
    subject: str
    exp: int
    jti: Jti


class SpentTickets:
    """Every use of a ticket, one line each, on disk before the signature exists.

    Starting rewrites the file without the lines that are too old to matter and without a line torn by a crash (its
    signature was never made). The lock stops a second signer from counting by itself.
    """

    def __init__(self, path: Path, now: float) -> None:
        self._lock = _lock(path.with_suffix(".lock"))
        kept = [(jti, exp) for jti, exp in _read(path) if exp + MEMORY > now]
        self._uses = Counter(jti for jti, _ in kept)
        fresh = path.with_suffix(".new")
        with fresh.open("w") as file:
            file.writelines(f"{exp} {jti}\n" for jti, exp in kept)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        self._file = path.open("a")

    def spend(self, claims: Claims) -> None:
        if self._uses[claims.jti] >= USES:
            raise TicketError("the ticket was used up")
        self._uses[claims.jti] += 1
        self._file.write(f"{claims.exp} {claims.jti}\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()
        self._lock.close()


class TicketGate:
    """Decides whether a ticket opens a key for a decision; a ticket that does is counted.

    The issuer's public key is a file that setup writes; until it is there, every ticket is refused.
    """

    def __init__(self, issuer: Path, spent: SpentTickets, now: Callable[[], float] = time.time) -> None:
        self._path = issuer
        self._issuer: ECKey | None = None
        self._spent = spent
        self._now = now

    def admit(self, ticket: str | None, handle: str, subject: str | None) -> None:
        if ticket is None or subject is None:
            raise TicketError("a person's key needs a ticket and its subject")
        claims = self._read(ticket)
        left = claims.exp - self._now()
        if not 0 < left <= LONGEST_LIFE:
            raise TicketError("the ticket has expired" if left <= 0 else "the ticket runs too long")
        if claims.handle != handle:
            raise TicketError("the ticket is for another key")
        if not hmac.compare_digest(claims.subject.encode(), subject.encode()):
            raise TicketError("the ticket is for another decision")
        self._spent.spend(claims)

    def _key(self) -> ECKey:
        if self._issuer is None:
            if not self._path.exists():
                raise TicketError("no issuer of tickets is known yet")
            self._issuer = ECKey.import_key(self._path.read_text())
        return self._issuer

    def _read(self, ticket: str) -> Claims:
        try:
            token = jwt.decode(ticket, self._key(), algorithms=["ES256"])
            if token.header.get("typ") != TYPE:
                raise TicketError("the token is not a signing ticket")
            return msgspec.convert(token.claims, Claims)
        except (JoseError, msgspec.ValidationError) as error:
            raise TicketError(f"the ticket cannot be read: {error}") from error


def _read(path: Path) -> list[tuple[str, int]]:
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    whole = (line.split() for line in lines if line.endswith("\n"))
    return [(jti, int(exp)) for exp, jti in whole]


def _lock(path: Path) -> TextIO:
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise RuntimeError(f"another signer holds {path}") from None
    return file
