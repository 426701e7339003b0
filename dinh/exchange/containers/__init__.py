"""The evidence of one exchange as files that anyone can judge."""

from dinh.exchange.containers.contracts import MOST, Container, EvidenceHandedOut, Part
from dinh.exchange.containers.service import containers_of

__all__ = ["MOST", "Container", "EvidenceHandedOut", "Part", "containers_of"]
