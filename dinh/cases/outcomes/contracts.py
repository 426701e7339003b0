"""What a procedure's file says of its outcome, and what an examination finds. `countries/vn/procedures/README.md` explains it to authors."""

from datetime import date
from typing import Annotated, Any

import msgspec

from dinh.cases.references import uses
from dinh.kernel.content import Text
from dinh.kernel.forms import Condition

Answers = dict[str, str]
Steps = dict[str, dict[str, Any]]
Name = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z_]{0,40}\Z")]
# The service that knows persons, and the purpose of every question of an outcome.
PERSON, PURPOSE = "population.person", "settle"
REASONS = ("decision", "reasons")


class Lookup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person to look up: the applicant, by the number in a field, or by a reference in what was asked. `name` is the field whose name must agree."""

    role: Name
    applicant: bool = False
    number: str | None = None
    ref: str | None = None
    name: str | None = None
    when: Condition | None = None


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question to a register. It is asked when `when` holds and the reference `given` has a value."""

    name: Name
    service: str
    body: dict[str, Any]
    when: Condition | None = None
    given: str | None = None


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something to tell a register. The service answers the same when it is asked again for the same case."""

    step: Name
    service: str
    body: dict[str, Any]
    when: Condition | None = None
    given: str | None = None


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """One line of the checklist. Its text says what should be so; `{name}` in it is filled. A case where a `binding` one fails cannot be approved."""

    text: Text
    when: Condition | None = None
    binding: bool = False


class Identity(Rule, frozen=True, kw_only=True, tag="identity"):
    """The person of the role is in the register, under the name that was filed."""

    role: Name
    unknown: Text
    not_stated: Text = {}


class Alive(Rule, frozen=True, kw_only=True, tag="alive"):
    """A line for each person of these roles who was found."""

    roles: list[Name]


class Resident(Rule, frozen=True, kw_only=True, tag="resident"):
    """One of these persons lives in the unit of the case."""

    roles: list[Name]


class Spouses(Rule, frozen=True, kw_only=True, tag="spouses"):
    """The two are married to each other. Says nothing unless both were found."""

    roles: Annotated[list[Name], msgspec.Meta(min_length=2, max_length=2)]


class OneOf(Rule, frozen=True, kw_only=True, tag="one_of"):
    """The value is one of these, each a plain text or a reference. A value that is not known is none of them."""

    value: str
    of: list[str]
    name: str | None = None


class Known(Rule, frozen=True, kw_only=True, tag="known"):
    """The value is known: the register that was asked has it."""

    value: str


class NotBefore(Rule, frozen=True, kw_only=True, tag="not_before"):
    """The day is not before the other one. Says nothing unless both are known."""

    value: str
    than: str


class Given(Rule, frozen=True, kw_only=True, tag="given"):
    """For information: `text` with the value as `{name}`, or `absent` without one."""

    value: str
    absent: Text = {}


Rules = Identity | Alive | Resident | Spouses | OneOf | Known | NotBefore | Given


class Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`barred` are ties in a person's record: who is named there may not decide. `replaces` leads to the case whose result this one replaces."""

    persons: list[Lookup] = []
    asks: list[Ask] = []
    checks: list[Rules] = []
    commands: list[Command] = []
    barred: tuple[str, ...] = ("mother", "father", "spouse")
    paper: dict[str, Any] = {}
    replaces: str | None = None

    @property
    def gives_reasons(self) -> bool:
        """Whether what the official writes is printed or told to a register."""
        return uses([self.paper, *(command.body for command in self.commands)], REASONS)


class Offer(msgspec.Struct, frozen=True):
    """What a service takes and gives, as far as an outcome may rely on it. `unattended`: the platform may ask without a person."""

    takes: list[str]
    gives: list[str]
    unattended: bool


class Check(msgspec.Struct, frozen=True):
    """One line of the checklist, with its gap filled, and whether it holds (None: for information)."""

    text: Text | str
    good: bool | None
    binding: bool = False


class Finding(msgspec.Struct, frozen=True):
    """What the registers answered. `barred` may not decide: the family. `persons` are records by role, `asked` answers by name, `subjects` everyone told about."""

    checks: list[Check]
    persons: dict[str, dict[str, Any]]
    barred: list[str]
    asked: dict[str, dict[str, Any] | None] = {}
    subjects: list[str] = []

    @property
    def about(self) -> list[str]:
        return list(dict.fromkeys([*self.subjects, *(person["ref"] for person in self.persons.values())]))


class Filed(msgspec.Struct, frozen=True):
    """The filed case, as an outcome needs it."""

    code: str
    unit: str
    agency: str
    applicant: str
    received_on: date
    answers: Answers


class Ruling(msgspec.Struct, frozen=True):
    """What was decided and when; `reasons` is the text that was proposed with it."""

    outcome: str
    day: date
    reasons: str


class Paper(msgspec.Struct, frozen=True):
    """Who signs what, when: stands on every paper, and as `$paper` for the rest."""

    agency: str
    upper_agency: str
    place: str
    signer_name: str
    signer_post: str
    signed_on: str
    synthetic: bool
