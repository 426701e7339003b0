"""What a procedure does to the registers and which paper comes of it, said in data. The engine knows kinds of checks, and no procedure."""

from dinh.cases.outcomes.contracts import (
    PERSON,
    Alive,
    Ask,
    Check,
    Command,
    Filed,
    Finding,
    Given,
    Identity,
    Known,
    Lookup,
    NotBefore,
    Offer,
    OneOf,
    Outcome,
    Paper,
    Resident,
    Rules,
    Ruling,
    Spouses,
    Steps,
)  # fmt: skip
from dinh.cases.outcomes.rules import check_approval
from dinh.cases.outcomes.service import carry_out, commands, examine, expected, offers, paper, replaced

__all__ = [
    "PERSON", "Alive", "Ask", "Check", "Command", "Filed", "Finding", "Given", "Identity", "Known", "Lookup", "NotBefore", "Offer", "OneOf", "Outcome", "Paper",
    "Resident", "Rules", "Ruling", "Spouses", "Steps", "carry_out", "check_approval", "commands", "examine", "expected", "offers", "paper", "replaced",
]  # fmt: skip
