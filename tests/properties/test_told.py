"""A told message ends in one state, in whatever order and however often its receipts come; the last word stays."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dinh.exchange.delivery.contracts import State
from dinh.exchange.delivery.rules import RANK, after, is_last_word
from dinh.exchange.handover.rules import outcome_of
from dinh.exchange.queues.rules import LONGEST, wait_after
from dinh.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refused, TooLarge, TooMany, Unavailable

LAST = st.sampled_from(["processed", "refused"])
# `dead` is said by the sender's own clock, the others by the receiver.
HEARD = st.lists(st.sampled_from(["delivered", "dead", "processed", "refused"]), max_size=12)


def run(heard: list[State], start: State = "waiting") -> list[State]:
    states = [start]
    for one in heard:
        states.append(after(states[-1], one))
    return states


@given(HEARD)
def test_a_state_never_goes_back_and_a_last_word_never_changes(heard: list[State]) -> None:
    states = run(heard)
    assert all(RANK[earlier] <= RANK[later] for earlier, later in pairwise(states))
    for word in ("processed", "refused"):
        if word in states:
            assert set(states[states.index(word) :]) == {word}


@given(LAST, st.lists(st.sampled_from(["delivered", "dead", "last"]), max_size=10), st.randoms())
def test_one_last_word_in_any_order_and_any_number_ends_in_it(last: State, heard: list[str], chance: object) -> None:
    said: list[State] = [last if one == "last" else one for one in [*heard, "last"]]  # type: ignore[misc]
    chance.shuffle(said)  # type: ignore[attr-defined]
    assert run(said)[-1] == last
    assert run([*said, *said])[-1] == last


@given(HEARD)
def test_what_nobody_has_a_last_word_on_is_what_was_heard_furthest(heard: list[State]) -> None:
    calm: list[State] = [one for one in heard if one in {"delivered", "dead"}]
    assert run(calm)[-1] == ("dead" if "dead" in calm else "delivered" if calm else "waiting")


@given(st.integers(0, 10_000), st.integers(0, 90_000))
def test_waits_grow_to_an_hour_and_heed_what_the_receiver_asks(attempts: int, least: int) -> None:
    assert wait_after(attempts) <= wait_after(attempts + 1) <= LONGEST
    assert wait_after(attempts, least) == max(wait_after(attempts), timedelta(seconds=least))


@given(st.integers(100, 599))
def test_a_status_of_a_system_has_one_meaning(status: int) -> None:
    expected = "processed" if 200 <= status < 300 else "refused" if 400 <= status < 500 and status not in {408, 425, 429} else None
    assert outcome_of(status) == expected


def test_a_judgement_of_the_receivers_verb_is_told_apart_from_what_passes() -> None:
    last: list[Refused] = [Invalid(), Invalid("cases.odd"), NotFound("registers.no_person"), NotAllowed("cases.not_yours"), Conflict("cases.closed"),
                           Invalid("exchange.unusable"), NotAllowed("exchange.not_fresh"), TooLarge("exchange.too_large")]  # fmt: skip
    passing: list[Refused] = [Unavailable(), Unavailable("exchange.stale"), TooMany("exchange.quota"), Conflict(), NotAllowed("exchange.no_right"),
                              NotAllowed("exchange.revoked"), NotFound("exchange.no_service"), NotAllowed("exchange.replayed")]  # fmt: skip
    assert all(map(is_last_word, last))
    assert not any(map(is_last_word, passing))
