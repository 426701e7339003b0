"""Deciding a case and carrying the decision out, step by repeatable step."""

from dinh.cases.decisions.contracts import CaseDecided, CaseSettled, Choice, PaperSigned
from dinh.cases.decisions.service import SETTLE, decide, settle

__all__ = ["SETTLE", "CaseDecided", "CaseSettled", "Choice", "PaperSigned", "decide", "settle"]
