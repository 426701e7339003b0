"""Which papers of a case are there."""

from datetime import date

from dinh.cases.desk import COUNTER, Case, CaseContent, StoredAttachment
from dinh.cases.guide import DocumentState, documents_of
from dinh.cases.outcomes import Finding
from dinh.cases.procedures import Procedure, RequiredDocument
from dinh.cases.slips import Slip
from dinh.cases.workplace.contracts import Paper, PaperState

UNCLEAR = frozenset({"missing", "requested", "open"})


def papers_of(procedure: Procedure, case: Case, content: CaseContent, day: date, slips: list[Slip]) -> list[Paper]:
    """Every document of the procedure, those that this case is asked for first."""
    requested = next((slip.content.fields for slip in reversed(slips) if slip.kind == "supplement"), []) if case.paused_at else []
    there = {**content.answers, **{key: str(stored.file) for key, stored in content.files.items()}}
    lines = documents_of(procedure, there, day)
    papers = [Paper(line.document, _state(line.document, line.state, case, requested), _files(line.document, content)) for line in lines]
    return sorted(papers, key=lambda paper: paper.state == "not_asked")


def _state(document: RequiredDocument, state: DocumentState, case: Case, requested: list[str]) -> PaperState:
    """At the counter a paper whose original was seen needs no scan."""
    if document.field in requested:
        return "requested"
    if state == "needed":
        return "seen" if case.channel == COUNTER else "missing"
    return "not_asked" if state == "not_applicable" else state


def _files(document: RequiredDocument, content: CaseContent) -> dict[str, StoredAttachment]:
    return {key: stored for key, stored in content.files.items() if key == document.field or key.startswith(f"{document.field}.")}


def at_once(procedure: Procedure) -> bool:
    """Whether an approval can be proposed before its officer has read what the registers say: never when the paper gives the officer's own reasons."""
    return bool(procedure.outcome.checks) and not procedure.outcome.gives_reasons


def agreed(procedure: Procedure, finding: Finding, papers: list[Paper]) -> bool:
    """Nothing is left for an officer to look into: every line holds, none is only for information, and no paper is missing."""
    lines = all(check.good is True for check in finding.checks) and bool(finding.checks)
    return at_once(procedure) and lines and not any(paper.state in UNCLEAR for paper in papers)
