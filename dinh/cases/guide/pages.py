"""The page of a service: who, how long, how much, what to bring; for everyone, and for the case that the visitor describes."""

from datetime import date
from itertools import groupby, pairwise
from typing import Any

from litestar import Response
from litestar.params import FromPath

from dinh.cases.clocks import Due, calendar_of, due
from dinh.cases.guide import rules
from dinh.cases.procedures import Procedure, catalogue_of
from dinh.kernel import clock
from dinh.kernel.country import Country
from dinh.kernel.forms import Field, in_words
from dinh.kernel.web.routes import page, public
from dinh.kernel.web.visit import Visit

# Before a field's name in the address: a page has parameters of its own.
MINE = "my_"


@page("/services/{code:str}", public)
async def procedure(request: Visit, code: FromPath[str]) -> Response[str]:
    day = request.node.country.local_date(clock.now())
    found = catalogue_of(request.node.country).on(code, day)
    chosen = {name.removeprefix(MINE): value for name, value in request.query_params.items() if name.startswith(MINE)}
    answers, unknown = rules.my_case(found, chosen, day)
    mine = bool(answers)
    lines = rules.documents_of(found, answers, day, unknown)
    return request.page(
        "cases/procedure.html", procedure=found, day=day, due=_due(request.node.country, found), mine=mine, chosen=chosen,
        questions=[_question(request, found, field, day) for field in rules.deciding(found, day) if _askable(field)],
        fees=rules.fees_of(found, answers, day, unknown), lines=lines, bring=[line.document for line in lines if rules.is_usual(line, answers, day)], groups=_by_condition(request, found),
        when=lambda condition: in_words(condition, found.form.fields, request.speaker),
        versions=catalogue_of(request.node.country).versions[code],
    )  # fmt: skip


def _due(country: Country, found: Procedure) -> Due | None:
    """If it were filed now; None where nobody has decided the calendar yet."""
    deadline = found.deadline
    try:
        return due(calendar_of(country, deadline.calendar), country.local(clock.now()), deadline.days, deadline.cutoff)
    except ValueError:
        return None


def _askable(field: Field) -> bool:
    return field.shown and field.kind in {"choice", "confirm", "date"}


def _question(request: Visit, found: Procedure, field: Field, day: date) -> dict[str, Any]:
    """A question as a choice, whatever its kind in the form: nobody types a birth date into an address."""
    say = request.speaker
    if field.kind == "choice":
        options = [(choice.value, say.pick(choice.label)) for choice in field.choices]
    elif field.kind == "confirm":
        options = [("yes", say.say("kernel.yes")), ("no", say.say("kernel.no"))]
    else:
        limits = rules.limits_of(found, field.name, day)
        between = [say.say("cases.days_between", start=start, n=end) for start, end in pairwise(limits)]
        names = [say.say("cases.days_at_most", n=limits[0]), *between, say.say("cases.days_more", n=limits[-1])] if limits else []
        options = [(str(at), name) for at, name in enumerate(names)]
    return {
        "name": field.name, "id": f"{MINE}{field.name}", "label": say.pick(field.label), "options": [{"value": value, "label": label} for value, label in options],
    }  # fmt: skip


def _by_condition(request: Visit, found: Procedure) -> list[tuple[str, list[Any]]]:
    """Documents by the words of their condition: first those that everyone needs."""
    words = [(in_words(document.when, found.form.fields, request.speaker) if document.when else "", document) for document in found.documents]
    ordered = sorted(words, key=lambda pair: [one for one, _ in words].index(pair[0]) if pair[0] else -1)
    return [(condition, [document for _, document in pairs]) for condition, pairs in groupby(ordered, key=lambda pair: pair[0])]


routes = [procedure]
