"""The spine of events: appended in the verb's own transaction, sealed after commit, read in sealed order."""

from dinh.kernel.events.contracts import Count, Day, Event, Flag, Moment, Plain, Recorded, Reference, registered
from dinh.kernel.events.heads import HeadSigner, agree, verify
from dinh.kernel.events.sealer import republish, seal
from dinh.kernel.events.service import append, follow, read_history, rewind
from dinh.kernel.events.store import Sealing, open_epoch, sealing

__all__ = [
    "Count", "Day", "Event", "Flag", "HeadSigner", "Moment", "Plain", "Recorded", "Reference", "Sealing",
    "agree", "append", "follow", "open_epoch", "read_history", "registered", "republish", "rewind", "seal", "sealing", "verify",
]  # fmt: skip
