"""Time-based one-time passwords: pyotp says whether, this says which step, so that none is used twice."""

import time

import pyotp
from pyotp.utils import strings_equal

STEP_SECONDS = 30


def step_of(secret: str, typed: str, now: float | None = None) -> int | None:
    """The step whose password was typed: this one, the one before or the one after."""
    current = int((time.time() if now is None else now) // STEP_SECONDS)
    totp, digits = pyotp.TOTP(secret), typed.replace(" ", "")
    found = [s for s in (current - 1, current, current + 1) if strings_equal(totp.generate_otp(s), digits)]
    return found[-1] if found else None
