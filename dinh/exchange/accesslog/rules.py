"""What an entry commits to, and when an embargo ends.

A commitment is SHA-256 over one digest a field, each with a salt of its own, in the order of FIELDS: some fields can be shown and proved while the others stay unknown.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from uuid import NAMESPACE_URL, UUID, uuid5

from dinh.exchange.accesslog.contracts import Line, Order
from dinh.kernel.errors import Invalid

NUMBER = "number:"
NONCE = SALT = 16
FIELDS = (
    "id", "person", "at", "agency", "actor", "post", "purpose", "legal_basis", "what", "case_code", "own", "shown", "message", "embargo",
)  # fmt: skip
# What the person is shown of an entry, whatever its rule.
OPEN = frozenset({"id", "person", "at", "purpose", "legal_basis", "what", "own", "shown", "embargo"})


def values_of(line: Line) -> dict[str, str | None]:
    """As they are committed to: times in UTC (RFC 3339), all else as text."""
    return {name: _plain(getattr(line, name)) for name in FIELDS}


def _plain(value: object) -> str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def salts_of(nonce: bytes) -> dict[str, bytes]:
    """One a field, of SALT bytes; none tells anything of another."""
    stream = hashlib.shake_256(b"dinh access salts 1\x00" + nonce).digest(SALT * len(FIELDS))
    return {name: stream[at : at + SALT] for name, at in zip(FIELDS, range(0, len(stream), SALT), strict=True)}


def digest(salt: bytes, name: str, value: str | None) -> bytes:
    """SHA-256 over salt, the field's name with a zero byte, and either a zero byte for no value or a one byte with the value in UTF-8."""
    return hashlib.sha256(salt + name.encode() + (b"\x00\x00" if value is None else b"\x00\x01" + value.encode())).digest()


def commitment(digests: Mapping[str, bytes]) -> str:
    """In hex, over all fields."""
    return hashlib.sha256(b"dinh access 1\x00" + b"".join(digests[name] for name in FIELDS)).hexdigest()


def committed(line: Line) -> str:
    salts = salts_of(line.nonce)
    return commitment({name: digest(salts[name], name, value) for name, value in values_of(line).items()})


def hidden(line: Line, own_cases: list[str]) -> frozenset[str]:
    """Which fields its person is not shown."""
    if line.own or (line.case_code is not None and line.case_code in own_cases):
        return frozenset({"actor"})
    every = {"full": {"agency", "post", "case_code", "message"}, "agency": {"agency"}, "category": set()}
    return frozenset(FIELDS) - OPEN - every.get(line.shown, set())


def name_of(provider: str, subsystem: str | None, service: str) -> str:
    """What was used, as entries name it: services of the platform's own by their code, others with whose they are."""
    return f"{provider}/{subsystem}/{service}" if subsystem else service


def embargo_id(authority: str, order: str) -> UUID:
    """One order is one embargo, however many accesses were made under it."""
    return uuid5(NAMESPACE_URL, f"urn:dinh:embargo:{authority}:{order}")


def prolonged_until(order: Order, until: datetime, now: datetime, most_days: int, zone: tzinfo) -> datetime:
    """The end of the day that the order names. Raises Invalid for one that comes too late, is not of a day up to today, or holds too long."""
    today = now.astimezone(zone).date()
    ends = datetime.combine(order.until + timedelta(days=1), time.min, tzinfo=zone)
    if until <= now:
        raise Invalid("exchange.embargo_over")
    if not today - timedelta(days=most_days) <= order.dated_on <= today:
        raise Invalid("exchange.wrong_order_day", fields={"dated_on": "exchange.wrong_order_day"})
    if ends <= until or order.until > order.dated_on + timedelta(days=most_days):
        raise Invalid("exchange.wrong_order_end", fields={"until": "exchange.wrong_order_end"}, days=most_days)
    return ends
