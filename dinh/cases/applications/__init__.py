"""The citizen's side of filing: draft, answers, submission."""

from dinh.cases.applications.contracts import Application, ApplicationStarted, ApplicationSubmitted, Attachment, Draft
from dinh.cases.applications.pages import routes
from dinh.cases.applications.rules import effective, errors, page_errors, prefilled, with_answers, with_file
from dinh.cases.applications.service import (
    amend,
    attach,
    file_body,
    handling_units,
    lock_waiting,
    mine,
    procedure_of,
    save_answers,
    start,
    submit,
    view,
)

__all__ = [
    "Application", "ApplicationStarted", "ApplicationSubmitted", "Attachment", "Draft",
    "amend", "attach", "effective", "errors", "file_body", "handling_units", "lock_waiting", "mine", "page_errors", "prefilled", "procedure_of", "routes", "save_answers", "start", "submit", "view", "with_answers", "with_file",
]  # fmt: skip
