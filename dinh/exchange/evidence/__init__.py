"""What was exchanged, kept so that it can be proved."""

from dinh.exchange.evidence.contracts import Asked, Call, EvidenceKept, Side, Times
from dinh.exchange.evidence.service import Recorder, forget, holdings
from dinh.exchange.evidence.store import take

__all__ = ["Asked", "Call", "EvidenceKept", "Recorder", "Side", "Times", "forget", "holdings", "take"]
