"""Identifiers of members and services as X-Road writes them: parts between slashes, each percent-encoded by itself."""

from urllib.parse import quote, unquote

import msgspec

# A-Z a-z 0-9 and these (PR-REST 1.0.3).
SAFE = "'()+,-.="


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The instance of a country, the class of its members, and the subsystem that speaks for the platform's own rooms."""

    instance: str
    member_class: str
    subsystem: str

    def client(self, member: str) -> str:
        return "/".join(quote(part, safe=SAFE) for part in (self.instance, self.member_class, member, self.subsystem))

    def target(self, provider: str, service: str) -> str:
        return f"/r1/{self.client(provider)}/{quote(service, safe=SAFE)}"

    def read_client(self, text: str) -> str:
        """The member's code. Raises ValueError for another instance or class."""
        parts = [unquote(part, errors="strict") for part in text.split("/")]
        if parts[:2] != [self.instance, self.member_class] or len(parts) not in {3, 4}:
            raise ValueError(text)
        return parts[2]

    def read_target(self, target: str) -> tuple[str, str]:
        """Provider's code and service."""
        parts = [unquote(part, errors="strict") for part in target.partition("?")[0].split("/")]
        if parts[:4] != ["", "r1", self.instance, self.member_class] or len(parts) < 7:  # noqa: PLR2004 - X-Road's seven parts
            raise ValueError(target)
        return parts[4], parts[6]
