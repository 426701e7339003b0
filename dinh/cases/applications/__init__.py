"""The citizen's side of a case: draft, submission, status. It knows the agency's side by messages only."""

from dinh.cases.applications.contracts import Application, ApplicationProgressed, ApplicationStarted, ApplicationSubmitted, Step
from dinh.cases.applications.pages import routes
from dinh.cases.applications.service import attach, follow_progress, mine, save_answers, start, steps_of, submit, view

__all__ = [
    "Application", "ApplicationProgressed", "ApplicationStarted", "ApplicationSubmitted", "Step",
    "attach", "follow_progress", "mine", "routes", "save_answers", "start", "steps_of", "submit", "view",
]  # fmt: skip
