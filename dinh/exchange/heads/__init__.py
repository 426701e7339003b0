"""Signed heads of every node's spine, shown to the witness and to whom it exchanged with, so that a history that was rewritten is found by others."""

from dinh.exchange.heads.contracts import HEAD, Countersignature, Doubts, EpochSeen, HeadContradicted, HeadDisputed, Shown
from dinh.exchange.heads.figures import observe
from dinh.exchange.heads.jobs import show_heads
from dinh.exchange.heads.proofs import ProvedHead, prove_head, verify_head
from dinh.exchange.heads.service import doubts_of, receive
from dinh.exchange.heads.signatures import check_certificate, read_certificate
from dinh.exchange.heads.store import countersigned

letters = {HEAD: receive}
"""What app plugs in as Letters."""

__all__ = [
    "Countersignature", "Doubts", "EpochSeen", "HeadContradicted", "HeadDisputed", "ProvedHead", "Shown", "check_certificate", "countersigned", "doubts_of", "letters", "observe",
    "prove_head", "read_certificate", "receive", "show_heads", "verify_head",
]  # fmt: skip
