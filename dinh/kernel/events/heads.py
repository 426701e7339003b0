"""Leaves, signed heads and their verification.

A head is signed by the node's key and also kept outside the database (`heads.jsonl`), so that a database that was
rewritten as a whole, or cut off, no longer agrees with what was published.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

import msgspec

from dinh.kernel import merkle
from dinh.kernel.caller import system
from dinh.kernel.errors import BadSignature
from dinh.kernel.events import store
from dinh.kernel.events.contracts import Recorded
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx

CHUNK = 2_000


class HeadSigner:
    """What app plugs in from trust: signs and verifies with the node's own key."""

    async def sign(self, data: bytes) -> tuple[str, bytes]:
        """The algorithm's name and the signature."""
        raise NotImplementedError

    async def verify(self, algorithm: str, data: bytes, signature: bytes) -> None:
        """Raises BadSignature."""
        raise NotImplementedError


def data_of(event: Recorded) -> bytes:
    """Every field of the envelope, in one fixed encoding."""
    return msgspec.json.encode([getattr(event, name) for name in store.FIELDS])


def leaf_of(event: Recorded) -> bytes:
    return merkle.leaf(data_of(event))


def publish(node: Node, head: store.Head) -> None:
    """Append to the copy outside the database, durably."""
    path = heads_file(node)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as stream:
        # A line that a power cut tore must not swallow the next one.
        if not _ends_with_line(stream):
            stream.write(b"\n")
        stream.write(msgspec.json.encode(head) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


def _ends_with_line(stream: IO[bytes]) -> bool:
    if not stream.seek(0, os.SEEK_END):
        return True
    stream.seek(-1, os.SEEK_END)
    return stream.read(1) == b"\n"


def heads_file(node: Node) -> Path:
    return node.home / "heads.jsonl"


async def verify(node: Node) -> int:
    """Recompute the whole tree from the events. Returns its size; raises BadSignature naming the first fault."""
    outside = published(node)
    async with node.read(system("verify")) as tx:
        heads = {head.size: head for head in await store.heads(tx)}
        tree = merkle.Frontier()
        async for position, leaf, event in _walk(tx):
            _check_leaf(position, tree.size, leaf, event)
            tree.append([leaf])
            await _check_heads(node, tree, [*([heads[tree.size]] if tree.size in heads else []), *outside.get(tree.size, [])])
        overlooked = await store.overlooked(tx)
    _check_end(tree.size, max([*heads, *outside], default=0))
    if overlooked:
        raise BadSignature(f"event {overlooked}: put into the spine past its sealer")
    return tree.size


async def agree(node: Node) -> int:
    """Whether each head of the database was published as it is, and none was published beyond it. Quick: no event is read.
    How many; raises BadSignature.
    """
    outside = published(node)
    async with node.read(system("verify")) as tx:
        inside = {head.size: head for head in await store.heads(tx)}
    for size, head in inside.items():
        if any(other.root != head.root for other in outside.get(size, [])):
            raise BadSignature(f"head of size {size}: published with another root")
    longest = max(inside, default=0)
    # The newest is published just after its commit.
    unpublished = inside.keys() - outside.keys() - {longest}
    if unpublished:
        raise BadSignature(f"head of size {min(unpublished)}: never published")
    if max(outside, default=0) > longest:
        raise BadSignature(f"cut off: {max(outside)} events were sealed and published, {longest} are left")
    return len(inside)


async def _walk(tx: ReadTx) -> AsyncIterator[tuple[int, bytes, Recorded | None]]:
    position = 0
    while chunk := await store.leaves(tx, position, CHUNK):
        for item in chunk:
            yield item
        position = chunk[-1][0]


def _check_leaf(position: int, size: int, leaf: bytes, event: Recorded | None) -> None:
    if position != size + 1:
        raise BadSignature(f"event {size + 1}: its seal is missing")
    if event is None:
        raise BadSignature(f"event {position}: sealed, and no longer there")
    if leaf_of(event) != leaf:
        raise BadSignature(f"event {position}: changed after it was sealed")


async def _check_heads(node: Node, tree: merkle.Frontier, heads: list[store.Head]) -> None:
    for head in heads:
        if head.root != tree.root():
            raise BadSignature(f"head of size {head.size}: the events do not hash to its root")
        await node.part(HeadSigner).verify(head.algorithm, head.signed_bytes(), head.signature)


def _check_end(size: int, longest: int) -> None:
    if longest > size:
        raise BadSignature(f"cut off: {longest} events were sealed and published, {size} are left")
    if longest < size:
        raise BadSignature(f"event {longest + 1}: sealed without a signed head")


def published(node: Node) -> dict[int, list[store.Head]]:
    """Every head that was ever published, by size: two different ones of one size show a spine that was cut and grown anew."""
    path = heads_file(node)
    found: dict[int, list[store.Head]] = {}
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            head = msgspec.json.decode(line, type=store.Head)
        except msgspec.DecodeError:
            continue
        found.setdefault(head.size, []).append(head)
    return found
