"""Which documents and which fee one case needs, by its answers or by what a visitor chose on the service's page."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date, timedelta

from dinh.cases.guide.contracts import DocumentLine, DocumentState
from dinh.cases.procedures import Fee, Procedure, RequiredDocument
from dinh.kernel.forms import Answers, Field, atoms, gates_of, holds, mentioned, verdict


def documents_of(procedure: Procedure, answers: Answers, day: date, unknown: AbstractSet[str] = frozenset()) -> list[DocumentLine]:
    """Each document for these answers, files standing among them by their keys. `unknown` are fields that nobody could ask yet."""
    form = procedure.form
    known, undecided = form.relevant(answers, day), form.undecided(answers, day) | unknown
    return [
        DocumentLine(document, _state(procedure, document, verdict(document.when, known, day, undecided), known)) for document in procedure.documents
    ]


def _state(procedure: Procedure, document: RequiredDocument, applies: bool | None, known: Answers) -> DocumentState:  # noqa: FBT001 - three values
    if applies is None:
        return "open"
    if not applies:
        return "not_applicable"
    if document.state == "replaced" or document.field is None:
        return document.state
    if any(key == document.field or key.startswith(f"{document.field}.") for key in known):
        return "present"
    return "needed" if procedure.form.fields[document.field].required else "optional"


def fees_of(procedure: Procedure, answers: Answers, day: date, unknown: AbstractSet[str] = frozenset()) -> list[Fee]:
    """The fee that is owed; several while an answer that decides is not given."""
    form = procedure.form
    known, undecided = form.relevant(answers, day), form.undecided(answers, day) | unknown
    found = []
    for fee in procedure.fees_on(day):
        applies = verdict(fee.when, known, day, undecided)
        if applies is not False:
            found.append(fee)
        if applies:
            break
    return found


def usual(procedure: Procedure, day: date) -> list[RequiredDocument]:
    """What whoever has nothing special to say has to bring."""
    return [line.document for line in documents_of(procedure, {}, day) if is_usual(line, {}, day)]


def is_usual(line: DocumentLine, answers: Answers, day: date) -> bool:
    """Needed, as far as is known."""
    return line.state == "needed" or (line.state == "open" and line.document.state == "needed" and holds(line.document.when, answers, day))


def deciding(procedure: Procedure, day: date) -> list[Field]:
    """Fields that documents and fees hang on, and those that decide whether these are asked, in the order of the form."""
    gates = gates_of(procedure.form)
    conditions = [document.when for document in procedure.documents] + [fee.when for fee in procedure.fees_on(day)]
    names: set[str] = set()
    while new := {name for condition in conditions for name in mentioned(condition)} - names:
        names |= new
        conditions += [gate for name in new for gate in gates[name]]
    return [field for name, field in procedure.form.fields.items() if name in names]


def limits_of(procedure: Procedure, name: str, day: date) -> list[int]:
    """The numbers of days at which something changes, counted from this date."""
    conditions = [document.when for document in procedure.documents] + [fee.when for fee in procedure.fees_on(day)]
    found = {atom.more_than_days_ago for condition in conditions for atom in atoms(condition) if atom.field == name}
    return sorted(days for days in found if days is not None)


def my_case(procedure: Procedure, chosen: Mapping[str, str], day: date) -> tuple[dict[str, str], set[str]]:
    """Answers that were chosen on the service's page, and the fields that nobody answered there. A date is chosen as the number of
    limits that it lies behind.
    """
    answers: dict[str, str] = {}
    unknown: set[str] = set()
    for field in deciding(procedure, day):
        choice = chosen.get(field.name, "")
        if field.kind == "choice" and choice in {one.value for one in field.choices}:
            answers[field.name] = choice
        elif field.kind == "confirm" and field.shown and choice in {"yes", "no"}:
            answers[field.name] = "yes" if choice == "yes" else ""
        elif field.kind == "date" and choice in {str(at) for at in range(len(limits_of(procedure, field.name, day)) + 1)}:
            limits = [-1, *limits_of(procedure, field.name, day)]
            answers[field.name] = (day - timedelta(days=limits[int(choice)] + 1)).isoformat()
        else:
            unknown.add(field.name)
    return answers, unknown
