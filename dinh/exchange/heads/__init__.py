"""Signed heads of every node's spine, shown to the witness and to whom it exchanged with, so that a history that was rewritten is found by others."""

from dinh.exchange.heads.contracts import HEAD, Contradiction, Countersignature, Doubts, EpochSeen, HeadContradicted, HeadDisputed, HeadSettled, Shown
from dinh.exchange.heads.contradictions import ProvedContradiction, contradiction_file, verify_contradiction
from dinh.exchange.heads.figures import observe
from dinh.exchange.heads.jobs import show_heads
from dinh.exchange.heads.pages import routes
from dinh.exchange.heads.proofs import ProvedHead, prove_head, verify_head
from dinh.exchange.heads.service import contradictions_of, doubts_of, receive, settle
from dinh.exchange.heads.signatures import Attested, attest, certificate_of, check_certificate, own_certificate, read_attested, read_certificate
from dinh.exchange.heads.store import countersigned
from dinh.exchange.heads.thinning import holdings

letters = {HEAD: receive}
"""What app plugs in as Letters."""

__all__ = [
    "Attested",
    "Contradiction",
    "Countersignature",
    "Doubts",
    "EpochSeen",
    "HeadContradicted",
    "HeadDisputed",
    "HeadSettled",
    "ProvedContradiction",
    "ProvedHead",
    "Shown",
    "attest",
    "certificate_of",
    "check_certificate",
    "contradiction_file",
    "contradictions_of",
    "countersigned",
    "doubts_of",
    "holdings",
    "letters",
    "observe",
    "own_certificate",
    "prove_head",
    "read_attested",
    "read_certificate",
    "receive",
    "routes",
    "settle",
    "show_heads",
    "verify_contradiction",
    "verify_head",
]  # fmt: skip
