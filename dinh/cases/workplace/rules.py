"""Which papers of a case are there."""

from collections.abc import Set as AbstractSet
from datetime import date

from dinh.cases.desk import COUNTER, Case, CaseContent, StoredAttachment
from dinh.cases.guide import DocumentState, documents_of
from dinh.cases.procedures import Procedure, RequiredDocument
from dinh.cases.workplace.contracts import Paper, PaperState


def papers_of(procedure: Procedure, case: Case, content: CaseContent, day: date, requested: AbstractSet[str]) -> list[Paper]:
    """Every document of the procedure, those that this case is asked for first. `requested` are fields that the applicant is asked to answer again."""
    there = {**content.answers, **{key: str(stored.file) for key, stored in content.files.items()}}
    lines = documents_of(procedure, there, day)
    papers = [Paper(line.document, _state(line.document, line.state, case, requested), _files(line.document, content)) for line in lines]
    return sorted(papers, key=lambda paper: paper.state == "not_asked")


def _state(document: RequiredDocument, state: DocumentState, case: Case, requested: AbstractSet[str]) -> PaperState:
    """At the counter a paper whose original was seen needs no scan."""
    if document.field in requested:
        return "requested"
    if state == "needed":
        return "seen" if case.channel == COUNTER else "missing"
    return "not_asked" if state == "not_applicable" else state


def _files(document: RequiredDocument, content: CaseContent) -> dict[str, StoredAttachment]:
    return {key: stored for key, stored in content.files.items() if key == document.field or key.startswith(f"{document.field}.")}
