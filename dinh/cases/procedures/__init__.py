"""Procedures by version: what to file, with whom, by when and for how much, on any date."""

from dinh.cases.procedures.contracts import CaseRules, Deadline, Fee, Procedure, RequiredDocument, SlipKind, SlipRule
from dinh.cases.procedures.service import Catalogue, catalogue_of, read_procedure

__all__ = [
    "CaseRules", "Catalogue", "Deadline", "Fee", "Procedure", "RequiredDocument", "SlipKind", "SlipRule", "catalogue_of", "read_procedure",
]  # fmt: skip
