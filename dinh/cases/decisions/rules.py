"""Who may decide, and what exactly is decided."""

import hashlib

import msgspec

from dinh.cases.desk import Case, Proposal
from dinh.cases.outcomes import Finding
from dinh.kernel.errors import Conflict, NotAllowed


def check_decider(person: str, proposer: str, barred: list[str]) -> None:
    """Never the one who proposed, never for one's own family. Raises NotAllowed with the reason."""
    if person == proposer:
        raise NotAllowed("cases.own_proposal")
    if person in barred:
        raise NotAllowed("cases.own_family")


def check_open(case: Case, proposal: Proposal | None) -> None:
    if case.state != "processing" or proposal is None:
        raise Conflict("cases.turn_closed")


def subject_of(case: Case, proposal: Proposal | None, finding: Finding | None, outcome: str) -> str:
    """SHA-256, in hex, of the case, what the registers answered, the proposal and the outcome: any change makes another subject."""
    parts = ["dinh decision 1", case.code, case.procedure, case.version, hashlib.sha256(case.content).hexdigest(), proposal, finding, outcome]
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
