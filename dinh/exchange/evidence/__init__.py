"""What was exchanged, kept so that it can be proved."""

from dinh.exchange.evidence.contracts import Asked, Call, EvidenceKept, Side, Times
from dinh.exchange.evidence.service import Recorder
from dinh.exchange.evidence.store import forget_taken, take

__all__ = ["Asked", "Call", "EvidenceKept", "Recorder", "Side", "Times", "forget_taken", "take"]
