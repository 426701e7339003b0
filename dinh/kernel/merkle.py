"""The Merkle tree of RFC 9162 section 2 (SHA-256), grown at its right edge, and its proofs (2.1.3, 2.1.4).

A frontier holds the roots of the complete subtrees, largest first: enough to append to a tree of any size.
Leaves are counted from 0. A span is the leaves from `start` up to, not including, `end`.
"""

import hashlib
from collections.abc import Iterable, Sequence

from dinh.kernel.errors import BadSignature

HASH_BYTES = 32
EMPTY = hashlib.sha256(b"").digest()
Span = tuple[int, int]
Piece = tuple[int, int]
"""A complete subtree: the power of two of its leaves, and its number among those of that size."""


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def join(peaks: Sequence[bytes]) -> bytes:
    """The root over complete subtrees, each smaller than the one before."""
    result = peaks[-1]
    for peak in reversed(peaks[:-1]):
        result = node(peak, result)
    return result


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbours of the same size: as many as some power of two."""
    while len(hashes) > 1:
        hashes = [node(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


class Frontier:
    """`size` leaves. Appending costs O(log n) at most, O(1) on average."""

    def __init__(self, size: int = 0, packed: bytes = b"") -> None:
        if len(packed) != HASH_BYTES * size.bit_count():
            message = "a frontier has one hash for each bit set in its size"
            raise ValueError(message)
        self.size = size
        self._peaks = [packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)]

    def append(self, leaves: Iterable[bytes]) -> None:
        for item in leaves:
            self._append(item)

    def _append(self, item: bytes) -> None:
        carried, size = item, self.size
        while size & 1:
            carried = node(self._peaks.pop(), carried)
            size >>= 1
        self._peaks.append(carried)
        self.size += 1

    def root(self) -> bytes:
        return join(self._peaks) if self._peaks else EMPTY

    def pack(self) -> bytes:
        return b"".join(self._peaks)


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Whose roots are the path of leaf `index` in a tree of `size` leaves, in the order of the proof."""
    found: list[Span] = []
    start, end = 0, size
    while end - start > 1:
        middle = _middle(start, end)
        found.append((middle, end) if index < middle else (start, middle))
        start, end = (start, middle) if index < middle else (middle, end)
    return found[::-1]


def consistency_spans(first: int, second: int) -> list[Span]:
    """Whose roots prove that the tree of `first` leaves is the beginning of the one of `second`, in the order of the proof."""
    if first in {0, second}:
        return []
    found: list[Span] = []
    start, end = 0, second
    while end != first:
        middle = _middle(start, end)
        found.append((middle, end) if first <= middle else (start, middle))
        start, end = (start, middle) if first <= middle else (middle, end)
    # The whole first tree is known to whoever verifies; a part of it is not.
    return [*([(start, end)] if start else []), *found[::-1]]


def _middle(start: int, end: int) -> int:
    return start + (1 << (end - start - 1).bit_length() - 1)


def pieces(span: Span) -> list[Piece]:
    """The complete subtrees that a span of a proof consists of, largest first: `join` their roots."""
    start, end = span
    found: list[Piece] = []
    for level in range((end - start).bit_length() - 1, -1, -1):
        if (end - start) >> level & 1:
            found.append((level, start >> level))
            start += 1 << level
    return found


def check_inclusion(item: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """RFC 9162, 2.1.3.2, for the hash of a leaf. Raises BadSignature."""
    _check_hashes([item, *path, root])
    if not 0 <= index < size:
        raise BadSignature(f"a tree of {size} has no leaf {index}")
    at, last, result = index, size - 1, item
    for one in path:
        if not last:
            raise BadSignature("the inclusion path is too long")
        if at & 1 or at == last:
            result = node(one, result)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            result = node(result, one)
        at, last = at >> 1, last >> 1
    if last or result != root:
        raise BadSignature(f"leaf {index} does not lead to the root")


def check_consistency(first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> None:
    """RFC 9162, 2.1.4.2; with nothing every tree begins, and a tree is the beginning of itself. Raises BadSignature."""
    _check_hashes([first_root, *path, second_root])
    if not 0 <= first <= second:
        raise BadSignature(f"a tree of {first} is not the beginning of one of {second}")
    if first in {0, second}:
        _check_trivial(first, first_root, second_root if second == first else EMPTY, path)
        return
    # A first tree that is complete is its own only part.
    steps = [first_root, *path] if first.bit_count() == 1 else list(path)
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = steps[0] if steps else b""
    for one in steps[1:]:
        if not last:
            raise BadSignature("the consistency path is too long")
        if at & 1 or at == last:
            old, new = node(one, old), node(one, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node(new, one)
        at, last = at >> 1, last >> 1
    if last or old != first_root or new != second_root:
        raise BadSignature(f"the tree of {first} is not the beginning of this one of {second}")


def _check_trivial(first: int, first_root: bytes, expected: bytes, path: Sequence[bytes]) -> None:
    if path or first_root != expected:
        raise BadSignature(f"the tree of {first} has another root")


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise BadSignature("a hash of another length")
