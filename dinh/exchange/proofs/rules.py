"""Whether an entry is the one that its event committed. Verification raises."""

from typing import Literal

import msgspec

from dinh.exchange.accesslog import FIELDS, OPEN, SALT, AccessCommitted, commitment, digest
from dinh.exchange.heads import Countersignature
from dinh.exchange.proofs.contracts import SCHEMA, NodeProofs, ProofFile, Proved
from dinh.kernel.errors import BadSignature
from dinh.kernel.events import SignedHead
from dinh.kernel.merkle import HASH_BYTES


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`entries` are what is proved, as their person is shown them, with the node and the moment of the head that they stand under."""

    verdict: Literal["verified", "refused"]
    why: str
    entries: list[dict[str, str | None]] = []


def read(data: bytes) -> ProofFile:
    """Raises BadSignature for anything but the one form of its content: every byte counts."""
    try:
        found = msgspec.json.decode(data, type=ProofFile)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadSignature(f"the file cannot be read: {error}") from error
    if msgspec.json.encode(found) != data:
        raise BadSignature("the file is not in the form in which it was made")
    if found.schema != SCHEMA or not found.nodes:
        raise BadSignature("the file is of another kind, or empty")
    return found


def check_node(found: NodeProofs) -> SignedHead:
    """All entries of one node are what was committed, and stand under its head; whose head it is remains to be seen."""
    if found.head is None or not found.entries or found.by_number:
        raise BadSignature("a node's part has no head, or no entry")
    for entry in found.entries:
        _check(entry, found.head)
    return found.head


def same(witnessed: Countersignature, head: SignedHead) -> bool:
    """Whether the witness's word is about this very head."""
    return (witnessed.node, witnessed.epoch, witnessed.size, witnessed.root) == (head.node, head.epoch, head.size, head.root)


def _check(entry: Proved, head: SignedHead) -> None:
    if {*entry.shown, *entry.hidden} != set(FIELDS) or len(entry.shown) + len(entry.hidden) != len(FIELDS) or not set(entry.shown) >= OPEN:
        raise BadSignature("an entry does not have the fields that an entry has")
    if any(len(one.salt) != SALT for one in entry.shown.values()) or any(len(one) != HASH_BYTES for one in entry.hidden.values()):
        raise BadSignature("a salt or a digest has another length")
    digests = entry.hidden | {name: digest(one.salt, name, one.value) for name, one in entry.shown.items()}
    inclusion = entry.under(head)
    event = inclusion.event()
    if event.type != AccessCommitted.type:
        raise BadSignature("an event of another kind")
    try:
        committed = msgspec.json.decode(event.payload, type=AccessCommitted)
    except msgspec.DecodeError as error:
        raise BadSignature("an event that cannot be read") from error
    if committed.commitment != commitment(digests) or committed.entry != entry.shown["id"].value or event.node != head.node:
        raise BadSignature("an entry is not what its event committed")
    inclusion.check()


def shown_values(entry: Proved) -> dict[str, str | None]:
    """In the order of fields."""
    return {name: entry.shown[name].value for name in FIELDS if name in entry.shown}
