"""Names of members, subsystems, services and servers, as X-Road writes them (PR-REST 1.0.4)."""

import re
from functools import lru_cache
from typing import Literal
from urllib.parse import quote, unquote_to_bytes

import msgspec

from dinh.kernel.errors import Invalid

Kind = Literal["MEMBER", "SUBSYSTEM", "SERVICE", "SERVER", "GLOBALGROUP"]
# How many parts each kind has: instance, class, code, and what follows. A group has instance and code.
PARTS: dict[str, int] = {"MEMBER": 3, "SUBSYSTEM": 4, "SERVICE": 5, "SERVER": 4, "GLOBALGROUP": 2}
# X-Road's allowed characters since 2023, and the underscore that its older service codes have, and ours.
PART = re.compile(r"(?!\.+$)[A-Za-z0-9'()+,\-.=?_]{1,255}")
UNENCODED = "'()+,-.="


def is_part(written: str) -> bool:
    return bool(PART.fullmatch(written))


class Identifier(msgspec.Struct, frozen=True):
    """`parts` are decoded. Make one by `member`, `subsystem`, `service`, `server`, or read one: each raises Invalid (`exchange.bad_identifier`)."""

    kind: Kind
    parts: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.parts) != PARTS[self.kind] or not all(map(is_part, self.parts)):
            raise Invalid("exchange.bad_identifier")

    @property
    def text(self) -> str:
        """In logs and certificates: `SUBSYSTEM:instance/class/code/subsystem`."""
        return f"{self.kind}:{'/'.join(self.parts)}"

    @property
    def encoded(self) -> str:
        """In paths and headers: each part percent-encoded by itself, the separators never."""
        return "/".join(quote(part, safe=UNENCODED) for part in self.parts)


def member(instance: str, member_class: str, code: str) -> Identifier:
    return Identifier("MEMBER", (instance, member_class, code))


def subsystem(instance: str, member_class: str, code: str, name: str) -> Identifier:
    return Identifier("SUBSYSTEM", (instance, member_class, code, name))


def service(instance: str, member_class: str, code: str, name: str, service_code: str) -> Identifier:
    return Identifier("SERVICE", (instance, member_class, code, name, service_code))


def server(instance: str, member_class: str, code: str, name: str) -> Identifier:
    return Identifier("SERVER", (instance, member_class, code, name))


def read_encoded(kind: Kind, written: str) -> Identifier:
    """From a path or header. Decoded once: what is encoded twice has a per cent sign left, which no part may have."""
    try:
        parts = tuple(unquote_to_bytes(part).decode("utf-8") for part in written.split("/"))
    except UnicodeDecodeError as error:
        raise Invalid("exchange.bad_identifier") from error
    return Identifier(kind, parts)


@lru_cache(maxsize=4096)
def read_client(written: str) -> Identifier:
    """The header X-Road-Client: a subsystem, or a member that names none."""
    return read_encoded("MEMBER" if written.count("/") < PARTS["MEMBER"] else "SUBSYSTEM", written)


def read_text(written: str) -> Identifier:
    """From the text form."""
    kind, colon, rest = written.partition(":")
    if not colon or kind not in PARTS:
        raise Invalid("exchange.bad_identifier")
    return Identifier(kind, tuple(rest.split("/")))  # type: ignore[arg-type]  # one of PARTS
