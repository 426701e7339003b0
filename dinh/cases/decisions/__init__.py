"""Deciding a case and carrying the decision out, step by repeatable step."""

from dinh.cases.decisions.contracts import CaseDecided, CaseSettled, Choice, PaperSigned
from dinh.cases.decisions.service import SETTLE, TOGETHER, decide, decide_together, preview, settle

__all__ = ["SETTLE", "TOGETHER", "CaseDecided", "CaseSettled", "Choice", "PaperSigned", "decide", "decide_together", "preview", "settle"]
