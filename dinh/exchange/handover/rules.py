"""What a system's answer to a message means."""

from dinh.exchange.handover.contracts import Outcome

# Its own words for "later": too early, too many, not in time.
LATER = frozenset({408, 425, 429})
TAKEN, FAULT_OF_MESSAGE = range(200, 300), range(400, 500)


def outcome_of(status: int) -> Outcome | None:
    """None when it is worth another try: what is down, moved or busy comes back."""
    if status in TAKEN:
        return "processed"
    return "refused" if status in FAULT_OF_MESSAGE and status not in LATER else None
