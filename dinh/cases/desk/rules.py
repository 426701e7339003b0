"""Which turn a case may take from which state, and how it is numbered."""

from datetime import date

from dinh.kernel.errors import Conflict

# state -> turns that are open to the desk
TURNS = {
    "submitted": {"accept"},
    "processing": {"check", "propose"},
}
PROPOSALS = ("approve", "refuse")


def check_turn(state: str, turn: str) -> None:
    """Raises Conflict: someone else was faster, or the page is old."""
    if turn not in TURNS.get(state, set()):
        raise Conflict("cases.turn_closed")


def code(pattern: str, agency: str, day: date, number: int) -> str:
    """By the country's declared layout."""
    return pattern.format(agency=agency, day=day, number=number)


def initial_state(channel: str) -> str:
    """At the counter the officer accepts by entering it; online, someone still has to."""
    return "submitted" if channel == "online" else "processing"
