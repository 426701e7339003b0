"""Structured logs: a constant event name, fields as keywords, identifiers and never personal data."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import msgspec
import structlog

# Names of fields that would carry personal data: a line that has one loses it, and says so.
FORBIDDEN = frozenset({"name", "full_name", "number", "personal_number", "password", "code", "address", "email", "phone", "form", "body"})


def drop_personal(_logger: object, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    dropped = [key for key in fields if key in FORBIDDEN]
    for key in dropped:
        fields[key] = "[withheld]"
    return fields


def set_up(level: str = "info", *, pretty: bool = False) -> None:
    # The driver's tracebacks of a database that restarts say nothing that our own 503 and its line do not.
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if pretty
        else structlog.processors.JSONRenderer(serializer=_encode)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            drop_personal,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _encode(value: object, **_: object) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()


def get(room: str) -> Any:
    return structlog.get_logger(room=room)
