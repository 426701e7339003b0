"""Signatures on papers (PAdES) and their verification."""

from dinh.trust.papers.signing import Act, Party, Ticket, sign_paper
from dinh.trust.papers.verification import Finding, PaperRejected, verify

__all__ = ["Act", "Finding", "PaperRejected", "Party", "Ticket", "sign_paper", "verify"]
