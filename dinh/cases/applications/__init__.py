"""The citizen's side of filing: draft, answers, submission."""

from dinh.cases.applications.contracts import Application, ApplicationStarted, ApplicationSubmitted, Attachment, Draft
from dinh.cases.applications.pages import routes
from dinh.cases.applications.service import attach, mine, procedure_of, save_answers, start, submit, view

__all__ = [
    "Application", "ApplicationStarted", "ApplicationSubmitted", "Attachment", "Draft",
    "attach", "mine", "procedure_of", "routes", "save_answers", "start", "submit", "view",
]  # fmt: skip
