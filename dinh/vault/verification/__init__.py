"""Verification for anyone, and the sheet that a person hands over."""

from dinh.vault.verification.contracts import PublicFacts, SheetIssued
from dinh.vault.verification.pages import routes
from dinh.vault.verification.service import check, facts_of, sheet

__all__ = ["PublicFacts", "SheetIssued", "check", "facts_of", "routes", "sheet"]
