"""What a case needs, document by document."""

from typing import Literal

import msgspec

from dinh.cases.procedures import RequiredDocument

DocumentState = Literal["needed", "optional", "present", "replaced", "open", "not_applicable"]


class DocumentLine(msgspec.Struct, frozen=True):
    """A document as it stands for one applicant. `open`: an answer that is not given yet decides."""

    document: RequiredDocument
    state: DocumentState
