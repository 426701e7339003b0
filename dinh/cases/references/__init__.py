"""The small language in which content says which known value goes where. It can look up and reword, nothing else."""

from dinh.cases.references.contracts import Facts, Filter, Reference, Shape, Words
from dinh.cases.references.rules import evaluate, faults, parse, plus_months, uses

__all__ = ["Facts", "Filter", "Reference", "Shape", "Words", "evaluate", "faults", "parse", "plus_months", "uses"]
