"""The one place that reads the time. A verb takes the time from its transaction, a rule takes it as a parameter."""

from datetime import UTC, datetime, timedelta

_offset = timedelta()


def now() -> datetime:
    """UTC, aware."""
    return datetime.now(UTC) + _offset


def shift(seconds: int) -> None:
    """Move this process's clock (demonstrations and tests; settings refuse it in production)."""
    global _offset  # noqa: PLW0603 - one clock per process is the point
    _offset = timedelta(seconds=seconds)
