"""Timestamps over the signatures of kept batches."""

from dinh.exchange.stamps.contracts import EvidenceStamped, Standing, Waiting
from dinh.exchange.stamps.jobs import stamp_evidence
from dinh.exchange.stamps.rules import stamped_bytes, xml_of
from dinh.exchange.stamps.service import stamp_now

__all__ = ["EvidenceStamped", "Standing", "Waiting", "stamp_evidence", "stamp_now", "stamped_bytes", "xml_of"]
