"""Levels and lifetimes of sessions."""

from datetime import timedelta

ABSOLUTE = timedelta(hours=8)
IDLE = timedelta(minutes=30)
# Prolonging costs a write: only when a good part of the idle time is gone.
PROLONG_AT = timedelta(minutes=25)


def level_of(acr: str) -> int:
    """`urn:dinh:eid:id:2:auth:3` is level 3; what is not understood is level 0."""
    last = acr.rpartition(":")[2]
    return int(last) if last.isdecimal() else 0
