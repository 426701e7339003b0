"""How near an end is, and what a certificate is asked for with."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.x509.oid import NameOID

from dinh.app.certificates.contracts import Known

# Days before the end at which it is said: the first is a warning, from the second on it is bad, at the third exchanges are in danger.
THRESHOLDS = (30, 14, 3)
SOON = timedelta(days=THRESHOLDS[0])
LONGEST = 64


def threshold(until: datetime, now: datetime) -> int | None:
    """The smallest one that is passed; None while more than the largest is left."""
    return min((days for days in THRESHOLDS if until - now <= timedelta(days=days)), default=None)


def level_of(until: datetime, now: datetime) -> Literal["warning", "bad"] | None:
    passed = threshold(until, now)
    return None if passed is None else "warning" if passed == THRESHOLDS[0] else "bad"


def latest(found: Iterable[Known]) -> list[Known]:
    """Of each name the one that ends last: the others are renewed already. The first to end first."""
    best: dict[tuple[str, str], Known] = {}
    for one in found:
        key = (one.kind, one.name)
        best[key] = max(best.get(key, one), one)
    return sorted(best.values())


def subject(kind: str, country: str, organisation: str, code: str, member_class: str) -> x509.Name:
    """Of a first request; as the demonstration's authority names them. A member's is X-Road's basic profile."""
    parts = [(NameOID.COUNTRY_NAME, country.upper()), (NameOID.ORGANIZATION_NAME, _fitting(organisation))]
    if kind == "member":
        parts += [(NameOID.COMMON_NAME, _fitting(organisation)), (NameOID.BUSINESS_CATEGORY, member_class), (NameOID.SERIAL_NUMBER, code)]
    elif kind in {"node", "agency"}:
        parts += [(NameOID.ORGANIZATION_IDENTIFIER, code), (NameOID.COMMON_NAME, _fitting(organisation))]
    else:
        parts += [(NameOID.COMMON_NAME, f"{kind.upper()} {code}")]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _fitting(value: str) -> str:
    """X.520 gives these attributes 64 characters."""
    while len(value.encode()) > LONGEST:
        value = value.rpartition(" ")[0] or value[:-1]
    return value
