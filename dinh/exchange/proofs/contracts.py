"""The file: JSON with the fields in this order and nothing between them, so that each content has one form. Bytes are base64."""

import msgspec

from dinh.exchange.heads import Countersignature
from dinh.kernel.events import Inclusion, SignedHead

SCHEMA = "urn:dinh:access-proof:1"


class Shown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field with the salt that its digest was made with."""

    value: str | None
    salt: bytes


class Proved(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry: the fields that its person is shown, digests of the others, and the event that committed it, in the tree of the node's head.

    `data` is the event's envelope as its leaf is over it, at `position` from 1.
    """

    shown: dict[str, Shown]
    hidden: dict[str, bytes]
    position: int
    data: bytes
    path: list[bytes]

    def under(self, head: SignedHead) -> Inclusion:
        return Inclusion(position=self.position, data=self.data, path=self.path, head=head)


class NodeProofs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Entries of one node under one head, with the certificate of the key that signed it (DER). `witnessed` is the witness's word that it was shown this very head;
    without it the entries are newer than that.

    `by_number`: the node may keep more of what was asked for by the person's number, and was not told it.
    """

    head: SignedHead | None
    certificate: bytes
    witnessed: Countersignature | None = None
    entries: list[Proved]
    by_number: bool = False


class ProofFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: str
    nodes: list[NodeProofs]
