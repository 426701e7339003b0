"""What a receipt makes of a message."""

import msgspec

from dinh.exchange.delivery.contracts import Receipt, State
from dinh.kernel.errors import Conflict, Refused, TooMany, Unavailable

# Further is never back: so receipts may come in any order and any number of times.
RANK: dict[State, int] = {"waiting": 0, "delivered": 1, "dead": 2, "refused": 3, "processed": 3}
# What a receiving node says of a message itself, whoever sends it: another try would say the same.
HOPELESS = frozenset({
    "exchange.unusable", "exchange.not_fresh", "exchange.too_large", "exchange.system_refused", "exchange.not_taken", "exchange.no_subject",
    "exchange.many_subjects", "exchange.no_order", "exchange.other_message",
})  # fmt: skip


def after(state: State, told: State) -> State:
    """A last word stays: `processed` and `refused` never change. What is dead was only not heard of in time, so a last word still counts."""
    return told if RANK[told] > RANK[state] else state


def is_last_word(refusal: Refused) -> bool:
    """Whether it is a judgement of the receiver's verb about this message. What is down, full, not allowed or not known yet may be otherwise tomorrow."""
    if isinstance(refusal, Unavailable | TooMany) or (isinstance(refusal, Conflict) and refusal.key == Conflict.default):
        return False
    return refusal.key in HOPELESS or not refusal.key.startswith("exchange.")


def receipt_of(body: bytes | None, message: str) -> Receipt:
    """What an answer says. A node of the release before says nothing; it has no messages but those that its rooms have processed."""
    said = msgspec.json.decode(body or b"{}", type=dict)
    return Receipt(message, "delivered" if said.get("receipt") == "delivered" else "processed")
