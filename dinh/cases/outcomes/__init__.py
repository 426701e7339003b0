"""What a procedure does to the registers. Adding an outcome is the only code that a new kind of procedure needs."""

from dinh.cases.outcomes.birth import Birth
from dinh.cases.outcomes.contracts import Check, Filed, Finding, Outcome, Paper, Steps

OUTCOMES: dict[str, Outcome] = {"birth": Birth()}

__all__ = ["OUTCOMES", "Check", "Filed", "Finding", "Outcome", "Paper", "Steps"]
