"""Counter mode: an officer enters an application for a citizen who is there."""

from dinh.cases.counter.contracts import Intake, IntakeStarted
from dinh.cases.counter.pages import routes
from dinh.cases.counter.service import begin, enter, save, scan

__all__ = ["Intake", "IntakeStarted", "begin", "enter", "routes", "save", "scan"]
