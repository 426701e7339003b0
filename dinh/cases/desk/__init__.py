"""The agency's side: receive, examine, propose."""

from dinh.cases.desk.contracts import Case, CaseAccepted, CaseChecked, CaseContent, CaseProposed, CaseReceived, NewCase, Proposal
from dinh.cases.desk.rules import PROPOSALS
from dinh.cases.desk.service import (
    accept,
    content_of,
    examine,
    filed,
    find,
    find_application,
    finding_of,
    inbox,
    lock_case,
    move_case,
    open_attachment,
    open_case,
    procedure_of,
    progress,
    proposal_of,
    propose,
    receive,
    take_application,
)  # fmt: skip

__all__ = [
    "PROPOSALS", "Case", "CaseAccepted", "CaseChecked", "CaseContent", "CaseProposed", "CaseReceived", "NewCase", "Proposal",
    "accept", "content_of", "examine", "filed", "find", "find_application", "finding_of", "inbox", "lock_case", "move_case", "open_attachment", "open_case",
    "procedure_of", "progress", "proposal_of", "propose", "receive", "take_application",
]  # fmt: skip
