"""Agencies and territorial units, as the country's files declare them, on any date."""

from dinh.offices.directory.contracts import Agency, Unit
from dinh.offices.directory.service import Directory, directory_of

__all__ = ["Agency", "Directory", "Unit", "directory_of"]
