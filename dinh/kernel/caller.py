"""Who acts. Identity fills it from a session, the exchange from a verified message; rules read it."""

from datetime import datetime
from typing import Literal

import msgspec

Kind = Literal["public", "person", "officer", "member", "system"]


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """`person` is an opaque reference. `assurance` is the authentication level of the session (0: none).

    `units` are the units whose records the caller's post may see, `oversees` those whose figures it may see; the database enforces both.
    Who acts under a `mandate` keeps their own `person`; `on_behalf_of` is whose affairs it is, and `parts` and `procedures` say how far
    it goes (no procedures: all of them), `mandate_of` what their name is. `lapsed`: the mandate that they chose has ended, and they have not said yet that they act for themselves again.
    """

    kind: Kind = "public"
    person: str | None = None
    post: str | None = None
    post_title: str | None = None
    agency: str | None = None
    units: tuple[str, ...] = ()
    oversees: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    assurance: int = 0
    authenticated_at: datetime | None = None
    session: str | None = None
    on_behalf_of: str | None = None
    mandate: str | None = None
    mandate_of: str | None = None
    parts: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    lapsed: bool = False
    purpose: str | None = None
    legal_basis: str | None = None
    case: str | None = None
    trace: str | None = None

    def about(self, *, purpose: str | None = None, case: str | None = None, legal_basis: str | None = None) -> "Caller":
        """The same caller, acting for this purpose and case."""
        return msgspec.structs.replace(
            self,
            purpose=purpose or self.purpose,
            case=case or self.case,
            legal_basis=legal_basis or self.legal_basis,
        )

    def has(self, duty: str) -> bool:
        return duty in self.duties

    @property
    def principal(self) -> str | None:
        """Whose affairs it is: the person themselves, or whom they act for."""
        return self.on_behalf_of or self.person

    def covers(self, part: str) -> bool:
        """Whether the caller may enter this part of a person's affairs: one's own always."""
        return self.on_behalf_of is None or part in self.parts

    def covers_procedure(self, code: str) -> bool:
        return self.on_behalf_of is None or not self.procedures or code in self.procedures


PUBLIC = Caller()


def system(part: str, *, agency: str | None = None, trace: str | None = None) -> Caller:
    """The platform itself: jobs, sealers, message handlers. `part` names which, and stands in the events."""
    return Caller(kind="system", post=f"system:{part}", agency=agency, trace=trace)
