"""Heads as nodes show them to each other, the answers to them, and what is recorded when one does not go on from another."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from dinh.kernel.events import Count, Event, Moment, Opening, Plain, SignedHead

HEAD = "head"
"""The kind of letter."""
Reason = Literal["root", "shrunk", "inconsistent", "epoch", "split"]
"""Same size and another root; a later head of a shorter tree or an older epoch; no proof that the tree goes on; an epoch that no statement opens;
the witness was shown another tree.
"""
Settlement = Literal["operator", "epoch"]
"""A person settled it, with a reason; its node was restored since and said so."""


class Countersignature(msgspec.Struct, frozen=True, kw_only=True, tag="witnessed"):
    """That `witness` has seen this head, and no other before it that it does not go on from. Signed over `signed_bytes`; `certificate` in DER."""

    witness: str
    node: str
    epoch: int
    size: int
    root: bytes
    seen_at: datetime
    certificate: bytes
    algorithm: str = ""
    signature: bytes = b""

    def signed_bytes(self) -> bytes:
        return msgspec.json.encode(["dinh witness 1", self.witness, self.node, self.epoch, self.size, self.root.hex(), self.seen_at])


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """`certificate` (DER) is that of the node's key, with which head and openings are signed. `path` proves the tree from its first `since` events on.
    `openings` are all epochs that a restore ever opened; `opened` proves the tree from the last one's on. `witnessed` is the witness's word on a head
    of this epoch, from whose tree on `from_witnessed` proves this one: so that nobody shows one history to the witness and another to the rest.
    """

    head: SignedHead
    certificate: bytes
    since: int = 0
    path: list[bytes] = []
    openings: list[Opening] = []
    opened: list[bytes] = []
    witnessed: Countersignature | None = None
    from_witnessed: list[bytes] = []


class Behind(msgspec.Struct, frozen=True, tag="behind"):
    """Prove the tree from its first `since` events on."""

    since: int


class Contradicted(msgspec.Struct, frozen=True, tag="contradicted"):
    """Refused, and kept: the head shown does not go on from `held`, which the node has signed, too."""

    reason: Reason
    held: SignedHead


Answer = Countersignature | Behind | Contradicted


class Shower(msgspec.Struct, frozen=True):
    """To whom heads are shown, and epoch, size and root of the one last countersigned there."""

    node: str
    epoch: int | None
    size: int | None
    root: bytes | None


class Doubts(msgspec.Struct, frozen=True):
    """For the operator: nodes whose heads contradict each other, and nobody has settled it; nodes that refuse the heads of this one; nodes whose newest
    head came without a word of the witness from the hour before.
    """

    contradicted: list[str]
    disputed: list[str]
    unwitnessed: list[str]


class Contradiction(msgspec.Struct, frozen=True, kw_only=True):
    """What `node` showed against a head that it had shown before. Of those found by releases before 0017 it is not said what was shown.

    `why` is the reason of who settled it.
    """

    id: UUID
    node: str
    reason: Reason
    held_epoch: int
    held_size: int
    shown_epoch: int | None
    shown_size: int | None
    found_at: datetime
    settled_at: datetime | None
    settled: Settlement | None
    why: str = ""


class HeadContradicted(Event, frozen=True):
    """`node` showed a head against one of `held` events that it had shown before. Both are kept."""

    type: ClassVar[str] = "exchange:head:contradicted"
    node: Plain
    reason: Plain
    number: Count
    size: Count
    held: Count


class EpochSeen(Event, frozen=True):
    """`node` was restored with `size` events, and said so; `lost` of those that it had shown are not among them."""

    type: ClassVar[str] = "exchange:head:reopened"
    node: Plain
    number: Count
    size: Count
    lost: Count


class HeadDisputed(Event, frozen=True):
    """`node` refuses this node's heads: it was shown another history."""

    type: ClassVar[str] = "exchange:head:disputed"
    node: Plain
    reason: Plain
    size: Count


class HeadSettled(Event, frozen=True):
    """A contradiction of `node` needs nobody any more: an operator said why, or the node opened a newer epoch. Its proof stays."""

    type: ClassVar[str] = "exchange:head:settled"
    node: Plain
    settled: Plain
    number: Count
    held: Count


class HeadsThinned(Event, frozen=True):
    """Of the heads that other nodes showed in the hour from `since` on, so many went: later ones prove what they said."""

    type: ClassVar[str] = "exchange:head:thinned"
    since: Moment
    heads: Count
