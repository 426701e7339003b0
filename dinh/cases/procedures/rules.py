"""What is wrong with a procedure's file before any case relies on it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dinh.cases import references
from dinh.cases.outcomes import (
    PERSON,
    Alive,
    Ask,
    Command,
    Given,
    Identity,
    Known,
    Lookup,
    NotBefore,
    Offer,
    OneOf,
    Outcome,
    Resident,
    Rules,
    Spouses,
)
from dinh.cases.procedures.contracts import Procedure
from dinh.kernel.content import Fault, Text
from dinh.kernel.forms import Condition, Field, condition_faults, form_faults, gates_of

CASE, DECISION = ("code", "unit", "agency", "applicant", "received_on"), ("outcome", "day", "reasons")
PAPER = ("agency", "upper_agency", "place", "signer_name", "signer_post", "signed_on")
_GAP = re.compile(r"\{(?!name\})[^}]*\}?")


def faults(procedure: Procedure, offers: Mapping[str, Offer]) -> Iterator[Fault]:
    """Names that lead nowhere: fields, roles, services, what these take and give, references, filters."""
    fields = procedure.form.fields
    yield from _field("heading_field", procedure.heading_field, fields)
    yield from _field("unit_field", procedure.unit_field, fields)
    yield from _field("about_field", procedure.about_field, fields)
    if procedure.about_field in fields and fields[procedure.about_field].kind != "text":
        yield "about_field", "a field of the kind text"
    yield from ((f"form.{at}", expected) for at, expected in form_faults(procedure.form))
    yield from _papers_and_fees(procedure)
    yield from _outcome(procedure.outcome, fields, offers)


def _papers_and_fees(procedure: Procedure) -> Iterator[Fault]:
    fields, gates = procedure.form.fields, gates_of(procedure.form)
    for index, document in enumerate(procedure.documents):
        field = fields.get(document.field) if document.field else None
        if document.field and (field is None or field.kind != "file"):
            yield f"documents[{index}].field", f"a file field of the form, not {document.field!r}"
        around: list[Condition | None] = [*gates.get(document.field or "", [])]
        yield from condition_faults(document.when, fields, f"documents[{index}].when", gates, around)
    for index, fee in enumerate(procedure.fees):
        yield from condition_faults(fee.when, fields, f"fees[{index}].when", gates)


def _outcome(outcome: Outcome, fields: Mapping[str, Field], offers: Mapping[str, Offer]) -> Iterator[Fault]:
    """In the order in which the engine goes: what a section may refer to grows with the sections before it."""
    person = _leaves(offers[PERSON].gives) if PERSON in offers else {}
    persons, asked, steps = dict[str, Any](), dict[str, Any](), dict[str, Any]()
    shape: dict[str, Any] = {"answers": _leaves(fields), "case": _leaves(CASE), "persons": persons, "asked": asked}
    for late in (False, True):
        for index, lookup in enumerate(outcome.persons):
            if (lookup.ref is not None) == late:
                yield from _lookup(lookup, f"outcome.persons[{index}]", fields, shape)
                persons[lookup.role] = person
        for index, ask in enumerate(outcome.asks if not late else []):
            yield from _told(ask, f"outcome.asks[{index}]", fields, shape, offers)
            asked[ask.name] = _leaves(offers[ask.service].gives) if ask.service in offers else {}
    for index, rule in enumerate(outcome.checks):
        yield from _rule(rule, f"outcome.checks[{index}]", fields, shape)
    shape = {**shape, "decision": _leaves(DECISION)}
    for index, command in enumerate(outcome.commands):
        yield from _given(command.given, f"outcome.commands[{index}].given", shape)
        if command.service in offers and not offers[command.service].unattended:
            yield (
                f"outcome.commands[{index}].service",
                "a service with a right to settle at assurance 0: no person is there when a decision is carried out",
            )
        yield from _told(command, f"outcome.commands[{index}]", fields, {**shape, "steps": steps}, offers)
        steps[command.step] = _leaves(offers[command.service].gives) if command.service in offers else {}
    shape = {**shape, "steps": steps}
    yield from references.faults(outcome.paper, "outcome.paper", {**shape, "paper": _leaves(PAPER)})
    yield from _reference(outcome.replaces, "outcome.replaces", shape)
    yield from (("outcome.barred", f"one of {', '.join(sorted(person))}, not {tie!r}") for tie in outcome.barred if tie not in person)


def _leaves(names: Iterable[str]) -> dict[str, None]:
    return dict.fromkeys(names)


def _lookup(lookup: Lookup, at: str, fields: Mapping[str, Field], shape: references.Shape) -> Iterator[Fault]:
    if sum((lookup.applicant, lookup.number is not None, lookup.ref is not None)) != 1:
        yield at, "one of applicant, number and ref"
    yield from _field(f"{at}.number", lookup.number, fields)
    yield from _field(f"{at}.name", lookup.name, fields)
    yield from _when(lookup.when, f"{at}.when", fields)
    yield from _reference(lookup.ref, f"{at}.ref", shape)


def _told(one: Ask | Command, at: str, fields: Mapping[str, Field], shape: references.Shape, offers: Mapping[str, Offer]) -> Iterator[Fault]:
    """What is asked or told: the service exists, the body has what it takes and nothing else, and refers to what is known by then."""
    yield from _when(one.when, f"{at}.when", fields)
    yield from _given(one.given, f"{at}.given", shape)
    yield from references.faults(one.body, f"{at}.body", shape)
    if one.service not in offers:
        yield f"{at}.service", f"a service that may be asked to settle, not {one.service!r}"
        return
    takes, has = offers[one.service].takes, set(_paths(one.body))
    known, needed = {name.removesuffix("?") for name in takes}, {name for name in takes if not name.endswith("?")}
    yield from ((f"{at}.body", f"what {one.service} takes ({', '.join(takes)}), not {name!r}") for name in sorted(has - known))
    yield from ((f"{at}.body", f"{name}, which {one.service} needs") for name in sorted(needed - has))


def _paths(body: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for name, part in body.items():
        if isinstance(part, Mapping):
            yield from _paths(part, f"{before}{name}.")
        elif not name.startswith("$"):
            yield f"{before}{name}"


def _rule(rule: Rules, at: str, fields: Mapping[str, Field], shape: references.Shape) -> Iterator[Fault]:
    yield from _when(rule.when, f"{at}.when", fields)
    yield from _gaps(rule.text, f"{at}.text")
    match rule:
        case Identity():
            yield from _role(rule.role, f"{at}.role", shape)
            yield from _gaps({**rule.unknown, **rule.not_stated}, at)
        case Alive() | Resident() | Spouses():
            for index, role in enumerate(rule.roles):
                yield from _role(role, f"{at}.roles[{index}]", shape)
        case OneOf():
            yield from _reference(rule.value, f"{at}.value", shape)
            yield from _reference(rule.name, f"{at}.name", shape)
            yield from references.faults(rule.of, f"{at}.of", shape)
        case NotBefore():
            yield from _reference(rule.value, f"{at}.value", shape)
            yield from _reference(rule.than, f"{at}.than", shape)
        case Given() | Known():
            yield from _reference(rule.value, f"{at}.value", shape)


def _field(at: str, name: str | None, fields: Mapping[str, Field]) -> Iterator[Fault]:
    if name is not None and name not in fields:
        yield at, f"a field of the form, not {name!r}"


def _when(when: Condition | None, at: str, fields: Mapping[str, Field]) -> Iterator[Fault]:
    yield from condition_faults(when, fields, at, {})


def _role(role: str, at: str, shape: references.Shape) -> Iterator[Fault]:
    if role not in shape["persons"]:
        yield at, f"a role of outcome.persons, not {role!r}"


def _given(reference: str | None, at: str, shape: references.Shape) -> Iterator[Fault]:
    """A condition may name a whole record."""
    if reference is not None:
        yield from ((at, expected) for _, expected in references.faults({"$if": reference}, at, shape))


def _reference(reference: str | None, at: str, shape: references.Shape) -> Iterator[Fault]:
    if reference is not None and not reference.startswith("$"):
        yield at, "a reference such as $answers.name"
    yield from references.faults(reference, at, shape)


def _gaps(text: Text, at: str) -> Iterator[Fault]:
    yield from ((at, f"no gap but {{name}}, not {gap[0]}") for words in text.values() for gap in _GAP.finditer(words))
