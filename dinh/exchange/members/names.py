"""How the platform's own rooms are addressed in X-Road's messages."""

import msgspec

from dinh.exchange import paths
from dinh.exchange.members import identifiers
from dinh.kernel.errors import Invalid

START = "r1"


class Names(msgspec.Struct, frozen=True):
    """The instance of a country, the class of its agencies, and the subsystem that speaks for the platform's own rooms."""

    instance: str
    member_class: str
    subsystem: str

    def client(self, member: str) -> str:
        return identifiers.subsystem(self.instance, self.member_class, member, self.subsystem).encoded

    def target(self, provider: str, service: str) -> str:
        return f"/{START}/{identifiers.service(self.instance, self.member_class, provider, self.subsystem, service).encoded}"

    def read_client(self, text: str) -> str:
        """The member's code. Raises ValueError for another instance or class, and for another subsystem: it has rights of its own."""
        try:
            found = identifiers.read_client(text)
        except Invalid as error:
            raise ValueError(text) from error
        if found.parts[:2] != (self.instance, self.member_class) or found.parts[3:] not in {(), (self.subsystem,)}:
            raise ValueError(text)
        return found.parts[2]

    def read_target(self, target: str) -> tuple[str, str]:
        """Provider's code and service. Raises ValueError for another subsystem, and for a path below the service: ours have none."""
        try:
            segments = paths.read(target.partition("?")[0].encode()).segments
            start, instance, member_class, provider, subsystem, service = segments
        except (Invalid, UnicodeEncodeError) as error:
            raise ValueError(target) from error
        if (start, instance, member_class, subsystem) != (START, self.instance, self.member_class, self.subsystem):
            raise ValueError(target)
        return provider, service
