"""Deciding a case and carrying the decision out, step by repeatable step."""

from dinh.cases.decisions.contracts import CaseDecided, CaseSettled, PaperSigned
from dinh.cases.decisions.service import SETTLE, decide, settle

__all__ = ["SETTLE", "CaseDecided", "CaseSettled", "PaperSigned", "decide", "settle"]
