"""Who may decide, and what exactly is decided."""

import hashlib

import msgspec

from dinh.cases.decisions.contracts import Choice
from dinh.cases.desk import PROPOSALS, Case, Proposal
from dinh.cases.outcomes import Finding
from dinh.kernel.errors import Invalid, NotAllowed


def check_choice(choice: Choice) -> None:
    """Raises Invalid with every field that is missing."""
    wrong = {}
    if choice.outcome not in PROPOSALS:
        wrong["outcome"] = "kernel.field_missing_choice"
    if choice.outcome == "refuse":
        wrong |= {} if choice.reason.strip() else {"reason": "cases.reason_missing"}
        wrong |= {} if choice.reference.strip() else {"reference": "cases.reference_missing"}
    if wrong:
        raise Invalid(fields=wrong)


def check_decider(person: str, proposer: str, barred: list[str]) -> None:
    """Never the one who proposed, never for one's own family. Raises NotAllowed with the reason."""
    if person == proposer:
        raise NotAllowed("cases.own_proposal")
    if person in barred:
        raise NotAllowed("cases.own_family")


def subject_of(case: Case, proposal: Proposal | None, finding: Finding | None, choice: Choice) -> str:
    """SHA-256, in hex, of the case, what the registers answered, the proposal and the choice: any change makes another subject."""
    parts = ["dinh decision 1", case.code, case.procedure, case.version, hashlib.sha256(case.content).hexdigest(), proposal, finding, choice]
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
