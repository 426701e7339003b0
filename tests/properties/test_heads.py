"""What a receiver says of the next head, for any history: all that goes on is taken, nothing else is."""

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from dinh.exchange.heads import Shown
from dinh.exchange.heads.rules import judge, lost, opens
from dinh.kernel import merkle
from dinh.kernel.events import Opening, SignedHead

MOST = 80
AT = datetime(2026, 11, 22, tzinfo=UTC)


def _leaves(seed: int, count: int) -> list[bytes]:
    return [merkle.leaf(f"{seed}/{at}".encode()) for at in range(count)]


def _root(leaves: list[bytes]) -> bytes:
    tree = merkle.Frontier()
    tree.append(leaves)
    return tree.root()


def _path(leaves: list[bytes], first: int) -> list[bytes]:
    spans = merkle.consistency_spans(first, len(leaves))
    return [merkle.join([merkle.fold(leaves[number << level : number + 1 << level]) for level, number in merkle.pieces(span)]) for span in spans]


def _head(leaves: list[bytes], epoch: int = 1, minutes: int = 0) -> SignedHead:
    at = AT + timedelta(minutes=minutes)
    return SignedHead(node="n", epoch=epoch, size=len(leaves), root=_root(leaves), signed_at=at, algorithm="", signature=b"")


def _shown(leaves: list[bytes], since: int, minutes: int = 1) -> Shown:
    return Shown(head=_head(leaves, minutes=minutes), certificate=b"", since=since, path=_path(leaves, since))


@given(st.integers(1, MOST), st.integers(1, MOST))
def test_a_tree_that_only_grew_is_taken_and_asked_for_from_where_it_is_held(first: int, more: int) -> None:
    leaves = _leaves(1, first + more)
    held = _head(leaves[:first])
    assert judge(_shown(leaves, first), held, held) == "taken"
    assert judge(_shown(leaves, 0), held, held) == "behind"
    assert judge(_shown(leaves[:first], 0), held, held) == "known"
    assert judge(_shown(leaves, 0), None, None) == "taken"


@given(st.integers(1, MOST), st.integers(-MOST, MOST), st.data())
def test_whatever_is_rewritten_below_what_is_held_is_never_taken(first: int, change: int, data: st.DataObject) -> None:
    held = _head(_leaves(1, first))
    size = max(1, first + change)
    place = data.draw(st.integers(0, min(size, first) - 1))
    other = _leaves(1, size)
    other[place] = merkle.leaf(b"rewritten")
    expected = {True: "shrunk", False: "inconsistent"}[size < first] if size != first else "root"
    assert judge(_shown(other, min(first, size)), held, held) in {expected, "behind"}
    assert judge(_shown(other, min(first, size)), held, held) == expected
    assert judge(_shown(other, 0, minutes=-1), held, held) != "taken"


@given(st.integers(2, MOST), st.data())
def test_a_shorter_tree_needs_an_opening_and_must_go_on_from_what_it_leaves(held_size: int, data: st.DataObject) -> None:
    began = data.draw(st.integers(1, held_size - 1))
    seen = data.draw(st.integers(1, began))
    before = _leaves(1, held_size)
    newest, base = _head(before), _head(before[:seen])
    after = before[:began] + _leaves(2, data.draw(st.integers(1, MOST)))
    opening = Opening(node="n", epoch=5, size=began, root=_root(before[:began]), opened_at=AT, published_size=began, published_root=b"")
    shown = Shown(
        head=_head(after, epoch=5, minutes=1), certificate=b"", since=seen, path=_path(after, seen), openings=[opening], opened=_path(after, began)
    )  # fmt: skip
    assert judge(shown, newest, base) == "taken"
    assert lost([opening], newest) == held_size - began
    harms: list[dict[str, list[Opening]]] = [
        {"openings": []},
        {"openings": [msgspec.structs.replace(opening, node="other")]},
        {"openings": [msgspec.structs.replace(opening, epoch=4)]},
        {"openings": [msgspec.structs.replace(opening, root=b"\0" * 32)]},
        {"openings": [opening, opening]},
    ]
    for harm in harms:
        assert not opens(msgspec.structs.replace(shown, **harm))
        assert judge(msgspec.structs.replace(shown, **harm), newest, base) == "epoch"
    forged = [merkle.leaf(b"rewritten"), *after[1:]]
    rewritten = msgspec.structs.replace(
        shown, head=_head(forged, epoch=5, minutes=1), path=_path(forged, seen), opened=_path(forged, began),
        openings=[msgspec.structs.replace(opening, root=_root(forged[:began]))],
    )  # fmt: skip
    assert judge(rewritten, newest, base) == "inconsistent", "a restore is no leave to rewrite what was shown before it"
