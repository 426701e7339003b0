"""What a container is made of, and what was found in one."""

import datetime as dt
from typing import Literal

import msgspec

Verdict = Literal["verified", "refused", "partial"]
Name = Literal["archive", "signature", "content", "timestamp", "revocation", "form", "trust"]


class StampParts(msgspec.Struct, frozen=True):
    """A timestamp of a batch of signatures: the token is over `result`, `chain` leads from it to this `META-INF/signatures.xml`."""

    token: bytes
    chain: bytes
    result: bytes


class Parts(msgspec.Struct, frozen=True):
    """`body` None: there was none, or it is not kept any more. `message` None: neither is kept, and `chain` has their digests. `chain` and `result` together,
    for a batch. Without `stamp` the token is in the signature.
    """

    message: bytes | None
    signatures: bytes
    body: bytes | None = None
    chain: bytes | None = None
    result: bytes | None = None
    stamp: StampParts | None = None


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at. `fault` says what is wrong; None is well."""

    name: Name
    fault: str | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`verified`: all of it holds. `partial`: what is there holds, but the body, or message and body, are not there. `refused`: something does not hold."""

    verdict: Verdict
    why: str
    checks: tuple[Check, ...]
    form: Literal["dinh", "x-road"] | None = None
    signer: str | None = None
    issuer: str | None = None
    signed_at: dt.datetime | None = None
    stamped_at: dt.datetime | None = None
    stamped_by: str | None = None
    bodiless: bool = False
    """The message was signed with a body that is not here."""
    erased: bool = False
    """The message itself is not here: its digest was signed, and nobody can read in this file what it said."""

    @property
    def whole(self) -> bool:
        """Nothing was changed, whether or not a known root leads to who signed, stamped and answered."""
        return {check.name for check in self.checks} >= {"archive", "signature", "content", "timestamp", "revocation", "form"} and all(
            check.fault is None for check in self.checks if check.name != "trust"
        )
