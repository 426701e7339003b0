"""Which turn a case may take from which state, and how it is numbered."""

from collections.abc import Callable
from datetime import date

import msgspec

from dinh.cases.procedures import Procedure
from dinh.kernel.errors import Conflict


class Turn(msgspec.Struct, frozen=True):
    """Who may take it: a duty, or the applicant (no duty); `holder`: only the post that has the case."""

    duty: str
    holder: bool = False


TURNS: dict[str, Turn] = {
    "accept": Turn("handle"),
    "turn_down": Turn("handle"),
    "check": Turn("handle", holder=True),
    "propose": Turn("handle", holder=True),
    "supplement": Turn("handle", holder=True),
    "apologise": Turn("handle"),
    "stop": Turn("handle", holder=True),
    "hand_over": Turn("handle"),
    "send_back": Turn("decide"),
    "decide": Turn("decide"),
    "answer": Turn(""),
    "withdraw": Turn(""),
}
# State by state, the turns that are open. A state that is not named here is the end.
OPEN: dict[str, frozenset[str]] = {
    "submitted": frozenset({"accept", "turn_down", "supplement", "withdraw"}),
    "processing": frozenset({"check", "propose", "supplement", "apologise", "stop", "hand_over", "send_back", "decide", "withdraw"}),
    "supplement": frozenset({"stop", "hand_over", "answer", "withdraw"}),
}
# Turns of a case on which a proposal waits for its decision, and no others of the desk: what was proposed must not change underneath.
PROPOSED = frozenset({"decide", "send_back", "apologise", "withdraw", "hand_over"})
UNPROPOSED = frozenset({"check", "propose", "supplement", "stop", "hand_over", "apologise", "withdraw"})
PROPOSALS = ("approve", "refuse")


def open_turns(state: str, *, proposed: bool = False) -> frozenset[str]:
    found = OPEN.get(state, frozenset())
    return found & (PROPOSED if proposed else UNPROPOSED) if state == "processing" else found


def check_turn(state: str, turn: str, *, proposed: bool = False) -> None:
    """Raises Conflict: someone else was faster, or the page is old."""
    if turn not in open_turns(state, proposed=proposed):
        raise Conflict("cases.turn_closed")


def check_holder(turn: str, holder: str | None, post: str | None) -> None:
    """Raises Conflict: another post has the case, and it has to be taken over first."""
    if TURNS[turn].holder and holder is not None and holder != post:
        raise Conflict("cases.held_by_other")


def code(pattern: str, agency: str, day: date, number: int) -> str:
    """By the country's declared layout."""
    return pattern.format(agency=agency, day=day, number=number)


def initial_state(channel: str) -> str:
    """At the counter the officer accepts by entering it; online, someone still has to."""
    return "submitted" if channel == "online" else "processing"


def findable(procedure: Procedure, answers: dict[str, str], fold: Callable[[str], str]) -> set[tuple[str, str]]:
    """What a case can be found by: words of the names of its applicant and its subject, every personal number in it, and the case that it is about."""
    names = {answers.get(name, "") for name in (procedure.heading_field, "applicant_name")}
    numbers = {value for key, value in answers.items() if (field := procedure.form.at(key)) and field.kind == "person_number"}
    about = {answers.get(procedure.about_field, "").strip()} - {""} if procedure.about_field else set()
    return {
        *(("about", code) for code in about),
        *(("name", word) for name in names for word in fold(name).split()),
        *(("number", number) for number in numbers if number),
    }
