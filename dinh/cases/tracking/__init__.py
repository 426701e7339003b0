"""A filed case as its applicant follows it: status, history, slips. It knows the agency's side by messages only."""

from dinh.cases.tracking.contracts import ApplicationProgressed, Step
from dinh.cases.tracking.pages import routes
from dinh.cases.tracking.service import follow_progress, steps_of

__all__ = ["ApplicationProgressed", "Step", "follow_progress", "routes", "steps_of"]
