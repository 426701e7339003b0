"""The citizen's side of filing: draft, answers, submission."""

from dinh.cases.applications.contracts import (
    Application,
    ApplicationAging,
    ApplicationDiscarded,
    ApplicationStarted,
    ApplicationSubmitted,
    Attachment,
    Draft,
    Saved,
)  # fmt: skip
from dinh.cases.applications.pages import routes
from dinh.cases.applications.rules import effective, errors, errors_of, has_pressed, prefilled, pressed, values, with_typed
from dinh.cases.applications.service import (
    amend,
    amend_file,
    attach,
    discard,
    discard_old_drafts,
    file_body,
    handling_units,
    lock_waiting,
    mine,
    procedure_of,
    save_answers,
    start,
    submit,
    view,
    with_upload,
)  # fmt: skip

__all__ = [
    "Application", "ApplicationAging", "ApplicationDiscarded", "ApplicationStarted", "ApplicationSubmitted", "Attachment", "Draft", "Saved",
    "amend", "amend_file", "attach", "discard", "discard_old_drafts", "effective", "errors", "errors_of", "file_body", "handling_units", "has_pressed",
    "lock_waiting", "mine", "prefilled", "pressed", "procedure_of", "routes", "save_answers", "start", "submit", "values", "view", "with_typed", "with_upload",
]  # fmt: skip
