"""What keeps a case whose time is over."""

import re

from dinh.kernel.errors import Invalid

# The number of an order: letters, digits and what stands between them. Nobody's name.
ORDER = re.compile(r"[\w./-]{1,60}")
LEGAL, COMPLAINT, UNDELIVERED = "cases.held_legal", "cases.held_complaint", "cases.held_undelivered"


def check_order(reference: str) -> None:
    """Raises Invalid."""
    if not ORDER.fullmatch(reference) or not any(letter.isdigit() for letter in reference):
        raise Invalid("cases.hold_reference", fields={"reference": "cases.hold_reference"})


def reason(code: str, ordered: set[str], disputed: set[str], undelivered: set[str]) -> str:
    """The text key of the first thing that holds it, or empty."""
    held = ((LEGAL, ordered), (COMPLAINT, disputed), (UNDELIVERED, undelivered))
    return next((key for key, codes in held if code in codes), "")
