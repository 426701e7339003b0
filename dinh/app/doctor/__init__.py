"""What an operator asks before they ask a person: is everything here that has to be, and what is to be done about the rest."""

from dinh.app.doctor.contracts import Finding
from dinh.app.doctor.service import before_upgrade, examine, worst

__all__ = ["Finding", "before_upgrade", "examine", "worst"]
