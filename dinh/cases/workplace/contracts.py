"""A case's papers as its officer checks them."""

from typing import Literal

import msgspec

from dinh.cases.desk import StoredAttachment
from dinh.cases.procedures import RequiredDocument

PaperState = Literal["present", "seen", "missing", "requested", "optional", "open", "replaced", "not_asked"]


class Paper(msgspec.Struct, frozen=True):
    """A document that the procedure names, and the files that carry it, by their keys. `seen`: on paper at the counter, without a scan."""

    document: RequiredDocument
    state: PaperState
    files: dict[str, StoredAttachment]
