"""Errors that the platform expects, each with its status and the key of its text.

Refused                     a refusal that a person or a machine is told about
├── Invalid          422    the input is wrong; `fields` says where
├── SignInNeeded     401
├── NotAllowed       403
├── NotFound         404    also someone else's: existence is not revealed
├── Conflict         409    the thing has moved on, or exists already
├── TooLarge         413
├── TooMany          429    `retry_after` in seconds
├── Unavailable      503    a part that is needed is down; nothing was lost
└── StorageFull      507
BadContent                  a country file that cannot be used: file, line, field, what was expected
BadSignature                a signature, chain or seal does not hold: verification raises, it never returns False
"""

from typing import Any, ClassVar


class Refused(Exception):
    """Carries a text key such as `cases.not_open` and its parameters; the edge words it in the person's language.

    `subject` is what was asked for, as an opaque reference: the edge then records the refusal as an event.
    """

    status: ClassVar[int] = 400
    default: ClassVar[str] = "kernel.refused"

    def __init__(self, key: str | None = None, *, fields: dict[str, str] | None = None, subject: str | None = None, **params: Any) -> None:
        self.subject = subject
        self.key = key or self.default
        self.fields = fields or {}
        self.params = params
        super().__init__(self.key)


class Invalid(Refused):
    status = 422
    default = "kernel.invalid"


class SignInNeeded(Refused):
    status = 401
    default = "kernel.sign_in_needed"


class NotAllowed(Refused):
    status = 403
    default = "kernel.not_allowed"


class NotFound(Refused):
    status = 404
    default = "kernel.not_found"


class Conflict(Refused):
    status = 409
    default = "kernel.conflict"


class TooLarge(Refused):
    status = 413
    default = "kernel.too_large"


class TooMany(Refused):
    status = 429
    default = "kernel.too_many"

    def __init__(self, key: str | None = None, *, retry_after: int = 60, **params: Any) -> None:
        # Both are parameters, so that an exchange carries them to whoever asked.
        super().__init__(key, **params | {"retry_after": retry_after, "minutes": max(1, -(-retry_after // 60))})
        self.retry_after = retry_after


class Unavailable(Refused):
    status = 503
    default = "kernel.unavailable"


class StorageFull(Refused):
    status = 507
    default = "kernel.storage_full"


class BadContent(Exception):
    """Raised by the country loader; `str()` of it is the sentence an author of content reads."""

    def __init__(self, file: str, line: int | None, field: str, expected: str) -> None:
        where = f"{file}:{line}" if line else file
        super().__init__(f"{where}: {field or 'file'}: {expected}")
        self.file, self.line, self.field, self.expected = file, line, field, expected


class BadSignature(Exception):
    """The reason is for operators and logs; it names no person."""
