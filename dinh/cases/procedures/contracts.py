"""What a procedure's file declares. One file per version; a case keeps the version it was filed under for ever."""

from datetime import date, time
from typing import Annotated, Literal

import msgspec

from dinh.cases.outcomes import Outcome
from dinh.kernel.content import Text
from dinh.kernel.forms import Answers, Condition, Form, holds

StateName = Literal["submitted", "received", "rejected", "processing", "supplement", "financial", "withdrawal", "stopped", "settled", "returned"]


class Deadline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`days` after the day of receipt. Working days: what arrives after `cutoff` counts from the next one. Calendar days end on a working day."""

    unit: Literal["working_days", "calendar_days"]
    days: int
    cutoff: time
    calendar: str
    ref: str
    text: Text


class Fee(msgspec.Struct, frozen=True, rename={"valid_from": "from"}, forbid_unknown_fields=True):
    """In minor units of the country's currency, by the day of filing. Without `minor` someone else sets it, as `text` says.

    The first that is valid and whose `when` holds is owed: special cases stand before the rule.
    """

    valid_from: date
    ref: str
    text: Text
    minor: int | None = None
    until: date | None = None
    when: Condition | None = None


class RequiredDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`replaced`: the agency asks a register for it instead. `field` is the form's file field that carries it."""

    code: str
    title: Text
    state: Literal["needed", "replaced"]
    note: Text
    when: Condition | None = None
    field: str | None = None
    ref: str = ""


class LegalReference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`ref: unverified` is not shown as law."""

    name: Text
    number: str
    ref: str


class Result(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    title: Text
    template: str


class Procedure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`heading_field` is what a case is called after; `about_field` receives what the person came from: an earlier case, or a reference."""

    code: str
    valid_from: date
    title: Text
    summary: Text
    keywords: Text
    field: Text
    life_event: Text
    handled_by: Text
    level: str
    service_level: Text
    deadline: Deadline
    fees: list[Fee]
    documents: list[RequiredDocument]
    steps: list[Text]
    legal: list[LegalReference]
    outcome: Outcome
    result: Result
    heading_field: str
    unit_field: str
    form: Form
    applicants: Text = {}
    about_field: str | None = None
    until: date | None = None

    def valid(self, day: date) -> bool:
        return self.valid_from <= day and (self.until is None or day < self.until)

    def fees_on(self, day: date) -> list[Fee]:
        return [fee for fee in self.fees if fee.valid_from <= day and (fee.until is None or day < fee.until)]

    def fee(self, day: date, answers: Answers | None = None) -> Fee | None:
        """What is owed with these answers; without them, by rule."""
        known = self.form.relevant(answers or {}, day)
        return next((fee for fee in self.fees_on(day) if holds(fee.when, known, day)), None)


class StateText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    title: Text


SlipKind = Literal["receipt", "supplement", "refusal", "apology", "stop", "withdrawal", "control", "register"]


class SlipRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A form of the administration: its number and title, where that was seen, and how often a case may have one (0: any number)."""

    title: Text
    ref: str
    form: str = ""
    times: int = 0


class CaseRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`cases.yaml`: numbering, national state codes, forms, and the legal basis of handling a case. A code stands in addresses.

    `complaint` and `correction` are the codes of the procedures by which a person says that something is wrong, `erasure` by which they ask that a case
    be erased.
    """

    code_format: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.:_%{}-]+$")]
    basis: str
    states: dict[StateName, StateText]
    slip_template: str
    slips: dict[SlipKind, SlipRule]
    complaint: str | None = None
    correction: str | None = None
    erasure: str | None = None
