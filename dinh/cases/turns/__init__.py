"""The turns of a case between receipt and decision: supplement, refusal, apology, stop, hand-over, withdrawal."""

from dinh.cases.turns.contracts import (
    Answered,
    CaseExtended,
    CaseHandedOver,
    CaseStopped,
    CaseTurnedDown,
    CaseWithdrawn,
    ProposalReturned,
    SlipIssued,
    SupplementAnswered,
    SupplementRequested,
    Withdrawn,
)  # fmt: skip
from dinh.cases.turns.service import (
    apologise,
    facts_of,
    find_slip,
    hand_over,
    issue,
    request_supplement,
    send_back,
    slips_of,
    stop,
    take_answer,
    take_withdrawal,
    turn_down,
)  # fmt: skip

__all__ = [
    "Answered", "CaseExtended", "CaseHandedOver", "CaseStopped", "CaseTurnedDown", "CaseWithdrawn", "ProposalReturned", "SlipIssued",
    "SupplementAnswered", "SupplementRequested", "Withdrawn",
    "apologise", "facts_of", "find_slip", "hand_over", "issue", "request_supplement", "send_back", "slips_of", "stop", "take_answer",
    "take_withdrawal", "turn_down",
]  # fmt: skip
