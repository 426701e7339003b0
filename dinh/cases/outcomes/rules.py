"""Judging what the registers answered. Pure: the facts come in, a checklist goes out."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from dinh.cases.outcomes.contracts import (
    Alive,
    Ask,
    Check,
    Command,
    Filed,
    Finding,
    Given,
    Identity,
    Known,
    Lookup,
    NotBefore,
    OneOf,
    Outcome,
    Resident,
    Rule,
    Rules,
    Ruling,
    Spouses,
)  # fmt: skip
from dinh.cases.references import Words, evaluate
from dinh.kernel.content import Text
from dinh.kernel.errors import Conflict, Invalid
from dinh.kernel.forms import Condition, holds


class Sight(msgspec.Struct, frozen=True):
    """What a check looks at: the facts, who was stated in which role under which name, and how to fold and word."""

    facts: dict[str, Any]
    stated: dict[str, str | None]
    words: Words

    @property
    def persons(self) -> Mapping[str, dict[str, Any]]:
        return self.facts["persons"]  # type: ignore[no-any-return]

    def value(self, reference: str | None) -> Any:
        return evaluate(reference, self.facts, self.words)


def facts_of(filed: Filed) -> dict[str, Any]:
    """What is known when the case arrives. Persons and answers of registers are added as they come."""
    case = {
        "code": filed.code, "unit": filed.unit, "agency": filed.agency, "applicant": filed.applicant, "received_on": filed.received_on.isoformat(),
    }  # fmt: skip
    return {"answers": filed.answers, "case": case, "persons": {}, "asked": {}}


def facts_after(filed: Filed, finding: Finding, ruling: Ruling, done: Mapping[str, Any]) -> dict[str, Any]:
    decision = {"outcome": ruling.outcome, "day": ruling.day.isoformat(), "reasons": ruling.reasons}
    return {**facts_of(filed), "persons": finding.persons, "asked": finding.asked, "steps": done, "decision": decision}


def _applies(when: Condition | None, facts: Mapping[str, Any]) -> bool:
    """By the answers, and the day of filing."""
    return holds(when, facts["answers"], date.fromisoformat(facts["case"]["received_on"]))


def subject(lookup: Lookup, facts: Mapping[str, Any], words: Words) -> dict[str, str] | None:
    """Whom to ask about, if the answers lead there."""
    if not _applies(lookup.when, facts):
        return None
    if lookup.number is not None:
        number = facts["answers"].get(lookup.number)
        return {"number": number} if number else None
    ref = facts["case"]["applicant"] if lookup.applicant else evaluate(lookup.ref, facts, words)
    return {"ref": ref} if ref and isinstance(ref, str) else None


def wanted(one: Ask | Command, facts: Mapping[str, Any], words: Words) -> bool:
    return _applies(one.when, facts) and (one.given is None or evaluate(one.given, facts, words) not in (None, ""))


def barred(outcome: Outcome, facts: Mapping[str, Any]) -> list[str]:
    """The applicant, the persons who were looked up, and their ties: nobody decides for their own family."""
    near = {person.get(tie) for person in facts["persons"].values() for tie in ("ref", *outcome.barred)}
    return sorted({facts["case"]["applicant"], *(ref for ref in near if ref)})


def judge(rules: list[Rules], sight: Sight) -> list[Check]:
    return [check for rule in rules if _applies(rule.when, sight.facts) for check in _lines(rule, sight)]


def _lines(rule: Rules, sight: Sight) -> Iterator[Check]:  # noqa: C901 - one arm a kind
    match rule:
        case Identity():
            yield _identity(rule, sight)
        case Alive():
            for role in rule.roles:
                if role in sight.persons:
                    yield _line(rule, good=not sight.persons[role]["death_date"], name=sight.persons[role]["full_name"])
        case Resident():
            here = (sight.persons[role] for role in rule.roles if role in sight.persons)
            yield _line(rule, good=any(person["residence_unit"] == sight.facts["case"]["unit"] for person in here))
        case Spouses():
            if all(role in sight.persons for role in rule.roles):
                one, other = (sight.persons[role] for role in rule.roles)
                yield _line(rule, good=one["spouse"] == other["ref"])
        case OneOf():
            value = _plain(sight.value(rule.value))
            yield _line(rule, good=value is not None and value in {_plain(sight.value(one)) for one in rule.of}, name=sight.value(rule.name))
        case Known():
            yield _line(rule, good=sight.value(rule.value) not in (None, ""))
        case NotBefore():
            days = [_day(sight.value(one)) for one in (rule.value, rule.than)]
            if days[0] and days[1]:
                yield _line(rule, good=days[0] >= days[1])
        case Given():
            yield from _given(rule, sight)


def _identity(rule: Identity, sight: Sight) -> Check:
    person = sight.persons.get(rule.role)
    if rule.role not in sight.stated:
        return Check(rule.not_stated, None) if rule.not_stated else Check(rule.unknown, good=False, binding=rule.binding)
    if person is None:
        return Check(rule.unknown, good=False, binding=rule.binding)
    claimed, fold = sight.stated[rule.role], sight.words.language.fold
    return _line(rule, good=claimed is None or fold(claimed) == fold(person["full_name"]), name=person["full_name"])


def _given(rule: Given, sight: Sight) -> Iterator[Check]:
    value = sight.value(rule.value)
    if value not in (None, ""):
        yield _line(rule, good=None, name=value)
    elif rule.absent:
        yield Check(rule.absent, None)


def _line(rule: Rule, *, good: bool | None, name: Any = None) -> Check:
    return Check(filled(rule.text, name), good, rule.binding)


def filled(text: Text, name: Any) -> Text:
    """Only the declared gap: a name with braces in it stays as it is."""
    return {language: words.replace("{name}", "" if name is None else str(name)) for language, words in text.items()}


def _plain(value: Any) -> str | None:
    """As content writes it: yes and no in words."""
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def check_approval(outcome: Outcome, finding: Finding | None, ruling: str, reasons: str) -> None:
    """Raises Conflict while a binding check does not hold, Invalid when the paper gives reasons and there are none."""
    if ruling != "approve":
        return
    if any(check.binding and check.good is not True for check in (finding.checks if finding else ())):
        raise Conflict("cases.binding_check")
    if outcome.gives_reasons and not reasons.strip():
        raise Invalid(fields={"note": "cases.note_needed"})
