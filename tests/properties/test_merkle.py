"""Proofs of RFC 9162: all that hold verify, nothing else does; Certificate Transparency's own vectors."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinh.kernel import merkle
from dinh.kernel.errors import BadSignature

MOST = 300
LEAVES = [merkle.leaf(at.to_bytes(4)) for at in range(MOST + 1)]
# RFC 6962's test tree, as Certificate Transparency's reference implementations carry it.
DATA = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]  # fmt: skip
A, B, C = (
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
)  # fmt: skip
D, E = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
INCLUSION = {(0, 1): [], (0, 8): [A, B, C], (5, 8): [D, E, ROOTS[3]], (2, 3): [ROOTS[1]], (1, 5): [ROOTS[0], B, D]}
CONSISTENCY = {(1, 1): [], (1, 8): [A, B, C], (6, 8): [F, E, ROOTS[3]], (2, 5): [B, D]}


def _root(leaves: list[bytes]) -> bytes:
    tree = merkle.Frontier()
    tree.append(leaves)
    return tree.root()


def _proof(leaves: list[bytes], spans: list[merkle.Span]) -> list[bytes]:
    return [merkle.join([merkle.fold(leaves[number << level : number + 1 << level]) for level, number in merkle.pieces(span)]) for span in spans]


ALL = [_root(LEAVES[:size]) for size in range(MOST + 1)]


def _inclusion(index: int, size: int) -> list[bytes]:
    return _proof(LEAVES, merkle.inclusion_spans(index, size))


def _consistency(first: int, second: int) -> list[bytes]:
    return _proof(LEAVES, merkle.consistency_spans(first, second))


def _refused_inclusion(item: bytes, index: int, size: int, path: list[bytes], root: bytes) -> None:
    with pytest.raises(BadSignature):
        merkle.check_inclusion(item, index, size, path, root)


def _refused_consistency(first: int, first_root: bytes, second: int, second_root: bytes, path: list[bytes]) -> None:
    with pytest.raises(BadSignature):
        merkle.check_consistency(first, first_root, second, second_root, path)


def test_the_reference_trees_have_their_roots() -> None:
    leaves = [merkle.leaf(one) for one in DATA]
    assert [_root(leaves[: size + 1]).hex() for size in range(8)] == ROOTS


@pytest.mark.parametrize(("place", "path"), INCLUSION.items())
def test_the_reference_inclusion_proofs(place: tuple[int, int], path: list[str]) -> None:
    leaves, (index, size) = [merkle.leaf(one) for one in DATA], place
    found = _proof(leaves, merkle.inclusion_spans(index, size))
    assert [one.hex() for one in found] == path
    merkle.check_inclusion(leaves[index], index, size, found, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("sizes", "path"), CONSISTENCY.items())
def test_the_reference_consistency_proofs(sizes: tuple[int, int], path: list[str]) -> None:
    leaves, (first, second) = [merkle.leaf(one) for one in DATA], sizes
    found = _proof(leaves, merkle.consistency_spans(first, second))
    assert [one.hex() for one in found] == path
    merkle.check_consistency(first, bytes.fromhex(ROOTS[first - 1]), second, bytes.fromhex(ROOTS[second - 1]), found)


def test_every_small_tree_proves_every_leaf_and_every_beginning() -> None:
    for size in range(1, 70):
        for index in range(size):
            merkle.check_inclusion(LEAVES[index], index, size, _inclusion(index, size), ALL[size])
        for first in range(size + 1):
            merkle.check_consistency(first, ALL[first], size, ALL[size], _consistency(first, size))


@given(st.data())
def test_an_inclusion_proof_holds_for_its_leaf_place_and_tree_alone(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, MOST))
    index = data.draw(st.integers(0, size - 1))
    path = _inclusion(index, size)
    assert len(path) <= size.bit_length()
    merkle.check_inclusion(LEAVES[index], index, size, path, ALL[size])
    other = data.draw(st.integers(0, size + 1).filter(lambda one: one != index))
    _refused_inclusion(LEAVES[index], other, size, path, ALL[size])
    _refused_inclusion(LEAVES[MOST], index, size, path, ALL[size])
    _refused_inclusion(LEAVES[index], index, size, [*path, LEAVES[0]], ALL[size])
    for cut in range(len(path)):
        _refused_inclusion(LEAVES[index], index, size, path[:cut] + path[cut + 1 :], ALL[size])


@given(st.data())
def test_a_consistency_proof_holds_for_its_two_trees_alone(data: st.DataObject) -> None:
    second = data.draw(st.integers(2, MOST))
    first = data.draw(st.integers(1, second - 1))
    path = _consistency(first, second)
    merkle.check_consistency(first, ALL[first], second, ALL[second], path)
    other = data.draw(st.integers(1, second - 1).filter(lambda one: one != first or second == 2))
    if other != first:
        _refused_consistency(other, ALL[other], second, ALL[second], path)
        _refused_consistency(first, ALL[other], second, ALL[second], path)
    _refused_consistency(second, ALL[second], first, ALL[first], path)
    _refused_consistency(first, ALL[first], second, ALL[second], [*path, LEAVES[0]])
    for cut in range(len(path)):
        _refused_consistency(first, ALL[first], second, ALL[second], path[:cut] + path[cut + 1 :])


@given(st.data())
def test_any_flipped_bit_is_found(data: st.DataObject) -> None:
    second = data.draw(st.integers(2, MOST))
    first, index = data.draw(st.integers(1, second - 1)), data.draw(st.integers(0, second - 1))
    path = [LEAVES[index], *_inclusion(index, second), ALL[second]]
    bad = _flipped(data, path)
    _refused_inclusion(bad[0], index, second, bad[1:-1], bad[-1])
    bad = _flipped(data, [ALL[first], *_consistency(first, second), ALL[second]])
    _refused_consistency(first, bad[0], second, bad[-1], bad[1:-1])


def _flipped(data: st.DataObject, hashes: list[bytes]) -> list[bytes]:
    bit = data.draw(st.integers(0, len(hashes) * 256 - 1))
    changed = bytearray(b"".join(hashes))
    changed[bit // 8] ^= 1 << bit % 8
    return [bytes(changed[at : at + 32]) for at in range(0, len(changed), 32)]


@given(st.data())
def test_a_history_that_was_rewritten_has_no_proof(data: st.DataObject) -> None:
    """Whatever leaf below the first head is another one, no path of the new tree leads to both roots."""
    second = data.draw(st.integers(2, MOST))
    first = data.draw(st.integers(1, second))
    place = data.draw(st.integers(0, first - 1))
    leaves = [*LEAVES[:place], merkle.leaf(b"another"), *LEAVES[place + 1 :]]
    path = _proof(leaves, merkle.consistency_spans(first, second))
    _refused_consistency(first, ALL[first], second, _root(leaves[:second]), path)


def test_nothing_and_the_tree_itself() -> None:
    merkle.check_consistency(0, merkle.EMPTY, 5, ALL[5], [])
    merkle.check_consistency(5, ALL[5], 5, ALL[5], [])
    _refused_consistency(0, ALL[5], 5, ALL[5], [])
    _refused_consistency(5, ALL[4], 5, ALL[5], [])
    _refused_consistency(5, ALL[5], 5, ALL[5], [LEAVES[0]])
    _refused_consistency(3, ALL[3], 5, ALL[5], [])
    _refused_inclusion(LEAVES[0], 0, 0, [], merkle.EMPTY)
    _refused_inclusion(b"", 0, 1, [], b"")


@given(st.integers(0, 2**40), st.integers(1, 2**40))
def test_spans_are_complete_subtrees_that_lie_side_by_side(first: int, more: int) -> None:
    """So that each can be read from what is kept of a tree of any size."""
    second = first + more
    for span in [*merkle.consistency_spans(first, second), *merkle.inclusion_spans(first, second)]:
        found = merkle.pieces(span)
        edges = [number << level for level, number in found] + [span[1]]
        assert edges[0] == span[0]
        assert all(right - left == 1 << level for (left, right), (level, _) in zip(pairwise(edges), found, strict=True))
