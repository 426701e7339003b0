"""What keeps a case whose time is over."""

import re
from datetime import date

from dinh.cases.disposal.contracts import Erasable
from dinh.kernel.errors import Invalid
from dinh.kernel.retention import RecordClass, over_on

# The number of an order: letters, digits and what stands between them. Nobody's name.
ORDER = re.compile(r"[\w./-]{1,60}")
OPEN, NOT_OVER, NO_TIME = "cases.kept_open", "cases.kept_by_law", "cases.kept_without_time"
LEGAL, COMPLAINT, UNDELIVERED = "cases.held_legal", "cases.held_complaint", "cases.held_undelivered"


def check_order(reference: str) -> None:
    """Raises Invalid."""
    if not ORDER.fullmatch(reference) or not any(letter.isdigit() for letter in reference):
        raise Invalid("cases.hold_reference", fields={"reference": "cases.hold_reference"})


def judged(kept: RecordClass | None, ended: date | None, today: date, held: str) -> Erasable:
    """Whether a case may be erased because its person asks: only once the law lets go of it."""
    if ended is None:
        return Erasable(erasable=False, why=OPEN)
    if kept is None:
        return Erasable(erasable=False, why=NO_TIME)
    until = over_on(kept, ended)
    if today < until:
        return Erasable(erasable=False, why=NOT_OVER, until=until, basis=kept.basis)
    return Erasable(erasable=not held, why=held, until=until, basis=kept.basis)


def reason(code: str, ordered: set[str], disputed: set[str], undelivered: set[str]) -> str:
    """The text key of the first thing that holds it, or empty."""
    held = ((LEGAL, ordered), (COMPLAINT, disputed), (UNDELIVERED, undelivered))
    return next((key for key, codes in held if code in codes), "")
