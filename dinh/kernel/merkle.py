"""The Merkle tree of RFC 9162 section 2 (SHA-256), grown at its right edge.

A frontier holds the roots of the complete subtrees, largest first: enough to append to a tree of any size.
"""

import hashlib
from collections.abc import Iterable

HASH_BYTES = 32
EMPTY = hashlib.sha256(b"").digest()


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


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
        if not self._peaks:
            return EMPTY
        result = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            result = node(peak, result)
        return result

    def pack(self) -> bytes:
        return b"".join(self._peaks)
