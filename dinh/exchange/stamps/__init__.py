"""Timestamps over the signatures of kept batches."""

from dinh.exchange.stamps.contracts import EvidenceStamped
from dinh.exchange.stamps.jobs import stamp_evidence
from dinh.exchange.stamps.service import stamp_now

__all__ = ["EvidenceStamped", "stamp_evidence", "stamp_now"]
