"""Cases of a unit that was merged go to its successor."""

from dinh.cases.succession.contracts import CaseTransferred
from dinh.cases.succession.service import ended, transfer

__all__ = ["CaseTransferred", "ended", "transfer"]
