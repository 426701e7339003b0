"""The agency's side: receive, examine, propose."""

from dinh.cases.desk.contracts import (
    COUNTER,
    Addition,
    Case,
    CaseAccepted,
    CaseChecked,
    CaseContent,
    CaseProposed,
    CaseReceived,
    FiledFile,
    NewCase,
    Proposal,
    StoredAttachment,
)
from dinh.cases.desk.rules import OPEN, PROPOSALS, TURNS, check_turn, open_turns
from dinh.cases.desk.service import (
    about_mark,
    accept,
    content_of,
    examine,
    filed,
    find,
    find_application,
    finding_of,
    handlers_of,
    lock_application,
    lock_case,
    lock_for,
    marks,
    move_case,
    note_representative,
    open_attachment,
    open_case,
    procedure_of,
    progress,
    proposal_of,
    propose,
    receive,
    store_files,
    take_application,
)  # fmt: skip

__all__ = [
    "COUNTER", "OPEN", "PROPOSALS", "TURNS", "Addition", "Case", "CaseAccepted", "CaseChecked", "CaseContent", "CaseProposed", "CaseReceived", "FiledFile", "NewCase", "Proposal", "StoredAttachment",
    "about_mark", "accept", "check_turn", "content_of", "examine", "filed", "find", "find_application", "finding_of", "handlers_of", "lock_application", "lock_case", "lock_for", "marks", "move_case", "note_representative", "open_attachment", "open_case",
    "open_turns",
    "procedure_of", "progress", "proposal_of", "propose", "receive", "store_files", "take_application",
]  # fmt: skip
