"""Which turn a finding may take, and who may take it."""

from collections.abc import Iterable

from dinh.kernel.errors import Conflict, Invalid, NotAllowed
from dinh.registers.description import Record

# state -> turns. A finding is taken on before anything is done about it; what was accepted can be taken up again.
TURNS = {
    "open": {"claim"},
    "claimed": {"claim", "propose", "accept", "approve", "refuse"},
    "accepted": {"claim"},
    "fixed": set(),
}
LONGEST_NOTE = 2_000


def check_turn(state: str, turn: str) -> None:
    """Raises Conflict: someone else was faster, or the page is old."""
    if turn not in TURNS.get(state, set()):
        raise Conflict("registers.turn_closed")


def check_strangers(subjects: Iterable[str], family: set[str]) -> None:
    """Raises NotAllowed where the record tells about the official or their family."""
    if set(subjects) & family:
        raise NotAllowed("registers.own_family")


def check_second(proposer: str, person: str | None) -> None:
    """Four eyes. Raises NotAllowed for who proposed it, in whatever post."""
    if person is None or proposer == person:
        raise NotAllowed("registers.second_eyes")


def check_note(note: str) -> str:
    text = note.strip()
    if not text:
        raise Invalid(fields={"note": "kernel.field_missing_text"})
    if len(text) > LONGEST_NOTE or not all(letter.isprintable() or letter in "\r\n\t" for letter in text):
        raise Invalid(fields={"note": "kernel.field_wrong_long_text"})
    return text


def subjects_of(record: Record, columns: Iterable[str]) -> list[str]:
    """The persons that the record names, each once."""
    return list(dict.fromkeys(str(record[column]) for column in columns if record.get(column)))
