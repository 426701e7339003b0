"""The one place that reads the time. A verb takes the time from its transaction, a rule takes it as a parameter."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_offset = timedelta()
_frozen: datetime | None = None


def now() -> datetime:
    """UTC, aware."""
    return _frozen or datetime.now(UTC) + _offset


def shift(seconds: int) -> None:
    """Move this process's clock (demonstrations and tests; settings refuse it in production)."""
    global _offset  # noqa: PLW0603 - one clock per process is the point
    _offset = timedelta(seconds=seconds)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    global _frozen  # noqa: PLW0603
    before, _frozen = _frozen, at
    try:
        yield
    finally:
        _frozen = before
