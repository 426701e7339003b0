"""How the platform's own rooms are addressed in X-Road's messages."""

import msgspec

from dinh.exchange.members import identifiers

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
