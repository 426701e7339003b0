"""The event of a case that another unit took over."""

from typing import ClassVar

from dinh.kernel.events import Event, Plain, Reference


class CaseTransferred(Event, frozen=True):
    """The unit ended and its one successor took the case over. `basis` is the act that the unit's file names."""

    type: ClassVar[str] = "cases:case:transferred"
    case: Reference
    from_unit: Plain
    to_unit: Plain
    basis: Plain
