"""What a turn needs before it may be taken."""

from datetime import date

from dinh.cases.clocks import Calendar, is_working
from dinh.cases.desk import Addition, CaseContent, StoredAttachment
from dinh.cases.procedures import Procedure, SlipRule
from dinh.kernel.errors import Conflict, Invalid
from dinh.kernel.forms import root

REASON_LENGTH = 2_000


def check_reason(reason: str, reference: str | None = None) -> None:
    """An applicant is told why, and by which rule. Raises Invalid with every field that is wrong."""
    wrong = {}
    if not reason.strip() or len(reason) > REASON_LENGTH:
        wrong["reason"] = "cases.reason_missing"
    if reference is not None and not reference.strip():
        wrong["reference"] = "cases.reference_missing"
    if wrong:
        raise Invalid(fields=wrong)


def check_times(rule: SlipRule, serial: int) -> None:
    """Raises Conflict when the country allows no more slips of this kind for one case."""
    if rule.times and serial > rule.times:
        raise Conflict("cases.slip_times", times=rule.times)


def check_fields(procedure: Procedure, names: list[str]) -> None:
    """Only what the form asks, and not what a register vouches for or what decides who handles the case."""
    free = {name for name, field in procedure.form.fields.items() if not (field.source and field.source.locked)} - {procedure.unit_field}
    if not set(names) <= free:
        raise Invalid(fields={"fields": "kernel.field_unknown"})


def check_new_day(calendar: Calendar, today: date, due_on: date, day: date) -> None:
    """A promise is a working day, later than today and than what was promised before."""
    if day <= max(today, due_on) or day.year not in calendar.years or not is_working(calendar, day):
        raise Invalid(fields={"promised_on": "cases.new_day_wrong"})


def answered(content: CaseContent, answers: dict[str, str], files: dict[str, StoredAttachment], addition: Addition | None) -> CaseContent:
    """New answers and papers take the place of old ones, a group's as a whole, and no longer name a source."""
    touched = {root(key) for key in (*answers, *files)}
    filed = {**answers, **{key: str(stored.file) for key, stored in files.items()}}
    return CaseContent(
        answers={**{key: value for key, value in content.answers.items() if root(key) not in touched}, **filed},
        sources={name: source for name, source in content.sources.items() if name not in answers},
        files={**{key: stored for key, stored in content.files.items() if root(key) not in touched}, **files},
        additions=[*content.additions, *([addition] if addition else [])],
    )
