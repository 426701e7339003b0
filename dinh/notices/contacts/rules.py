"""What an address looks like, and how often a code may be asked for and tried."""

import re
from datetime import timedelta

from dinh.notices.definitions import PhonePlan

CODE_LIFE = timedelta(minutes=15)
WRONG_CODES = 5
PER_PERSON, PERSON_WINDOW = 5, timedelta(hours=1)
PER_ADDRESS, ADDRESS_WINDOW = 10, timedelta(days=1)
LONGEST_EMAIL = 254
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"[a-z0-9!#$%&'*+/=?^_`{{|}}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{{|}}~-]+)*@{_LABEL}(?:\.{_LABEL})+", re.IGNORECASE)


def email(typed: str) -> str | None:
    """The address, its domain in lower case; None when it is none. Letters outside ASCII are not taken (RFC 6531 is not offered)."""
    address = typed.strip()
    if len(address) > LONGEST_EMAIL or not _EMAIL.fullmatch(address) or len(address.partition("@")[0]) > 64:  # noqa: PLR2004 - RFC 5321
        return None
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def phone(typed: str, plan: PhonePlan) -> str | None:
    """In E.164, as gateways want it; None when it is no number of the country's pattern."""
    number = re.sub(r"[\s.()/-]", "", typed)
    for prefix in (f"+{plan.country}", f"00{plan.country}", plan.trunk):
        if prefix and number.startswith(prefix) and re.fullmatch(plan.digits, number[len(prefix) :], re.ASCII):
            return f"+{plan.country}{number[len(prefix) :]}"
    return None
