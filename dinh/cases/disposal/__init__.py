"""The end of a case's content, and the holds that put it off."""

from dinh.cases.disposal.contracts import ApplicationDisposed, CaseDisposed, Hold, HoldLifted, HoldPlaced
from dinh.cases.disposal.provider import answers
from dinh.cases.disposal.service import holdings, holds_of, lift_hold, place_hold, take_disposal

__all__ = [
    "ApplicationDisposed",
    "CaseDisposed",
    "Hold",
    "HoldLifted",
    "HoldPlaced",
    "answers",
    "holdings",
    "holds_of",
    "lift_hold",
    "place_hold",
    "take_disposal",
]
