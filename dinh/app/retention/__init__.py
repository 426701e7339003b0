"""The retention run: what is over goes, is proved gone, and is reported."""

from dinh.app.retention.contracts import ClassReport, Held, Proof, RetentionRun, RunReport
from dinh.app.retention.pages import routes
from dinh.app.retention.rules import summary
from dinh.app.retention.service import Offered, latest, nightly, run

__all__ = ["ClassReport", "Held", "Offered", "Proof", "RetentionRun", "RunReport", "latest", "nightly", "routes", "run", "summary"]
