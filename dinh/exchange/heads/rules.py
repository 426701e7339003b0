"""Whether a head goes on from what its node has shown before."""

from collections.abc import Sequence
from typing import Literal

from dinh.exchange.heads.contracts import Reason, Shown
from dinh.kernel import merkle
from dinh.kernel.errors import BadSignature, Invalid
from dinh.kernel.events import Opening, SignedHead

Verdict = Reason | Literal["taken", "known", "behind"]
LONGEST_REASON = 500


def opens(shown: Shown) -> bool:
    """Whether an epoch after the first comes with the statement that opens it, whose tree the head goes on from."""
    head, last = shown.head, shown.openings[-1] if shown.openings else None
    epochs = [one.epoch for one in shown.openings]
    if any(one.node != head.node for one in shown.openings) or epochs != sorted(set(epochs)) or (last.epoch if last else 1) != head.epoch:
        return False
    return last is None or _goes_on(last.size, last.root, head, shown.opened)


def judge(shown: Shown, newest: SignedHead | None, base: SignedHead | None) -> Verdict:
    """`newest` is what is held of this node; `base` the longest head that its openings leave to the tree, which must go on from it."""
    head, word = shown.head, shown.witnessed
    if not opens(shown):
        return "epoch"
    if word and not _goes_on(word.size, word.root, head, shown.from_witnessed):
        return "split"
    if newest and (head.epoch, head.size) <= (newest.epoch, newest.size):
        return _judge_older(head, newest)
    if base is None:
        return "taken"
    if shown.since != base.size:
        return "behind"
    return "taken" if _goes_on(base.size, base.root, head, shown.path) else "inconsistent"


def _judge_older(head: SignedHead, newest: SignedHead) -> Verdict:
    """A shorter tree that was signed before the one held came late: nothing follows from it."""
    if (head.epoch, head.size) == (newest.epoch, newest.size):
        return "known" if head.root == newest.root else "root"
    return "behind" if head.signed_at <= newest.signed_at else "shrunk"


def _goes_on(size: int, root: bytes, head: SignedHead, path: Sequence[bytes]) -> bool:
    try:
        merkle.check_consistency(size, root, head.size, head.root, path)
    except BadSignature:
        return False
    return True


def other_opening(shown: Sequence[Opening], held: Sequence[Opening]) -> bool:
    """Whether an epoch is said to have begun otherwise than it was said before."""
    known = {one.epoch: one.signed_bytes() for one in held}
    return any(known.get(one.epoch, one.signed_bytes()) != one.signed_bytes() for one in shown)


def lost(openings: Sequence[Opening], newest: SignedHead) -> int:
    """How many events of the longest head seen are not in the tree any more."""
    return max(0, newest.size - min((one.size for one in openings if one.epoch > newest.epoch), default=newest.size))


def checked_reason(why: str) -> str:
    """In one line. Raises Invalid for nothing, too much, and what is no text."""
    words = " ".join(why.split())
    if not words or len(words) > LONGEST_REASON or not words.isprintable():
        raise Invalid("exchange.settle_why", fields={"why": "exchange.settle_why"}, most=LONGEST_REASON)
    return words
