"""The spine of events: appended in the verb's own transaction, sealed after commit, read in sealed order."""

from dinh.kernel.events.contracts import (
    Count,
    Day,
    EpochOpened,
    Event,
    Flag,
    Inclusion,
    Moment,
    Opening,
    Plain,
    Recorded,
    Reference,
    SignedHead,
    registered,
)
from dinh.kernel.events.heads import HeadSigner, agree, verify
from dinh.kernel.events.proofs import newest_head, openings, prove, prove_consistency
from dinh.kernel.events.sealer import republish, seal
from dinh.kernel.events.service import append, follow, read_history, rewind, taken
from dinh.kernel.events.store import Sealing, adding, open_epoch, sealing

__all__ = [
    "Count", "Day", "EpochOpened", "Event", "Flag", "HeadSigner", "Inclusion", "Moment", "Opening", "Plain", "Recorded", "Reference", "Sealing", "SignedHead",
    "adding", "agree", "append", "follow", "newest_head", "open_epoch", "openings", "prove", "prove_consistency", "read_history", "registered", "republish", "rewind",
    "seal", "sealing", "taken", "verify",
]  # fmt: skip
