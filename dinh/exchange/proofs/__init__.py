"""That an entry of the citizen's log was committed when it was made, in a file that anyone can check without the node."""

from dinh.exchange.proofs.contracts import SCHEMA, NodeProofs, ProofFile, Proved
from dinh.exchange.proofs.rules import Report, shown_values
from dinh.exchange.proofs.service import prove
from dinh.exchange.proofs.verification import verify_access

__all__ = ["SCHEMA", "NodeProofs", "ProofFile", "Proved", "Report", "prove", "shown_values", "verify_access"]
