"""What is counted, as the country's files declare it."""

from dinh.indicators.definitions.contracts import Counted, Indicator
from dinh.indicators.definitions.rules import counts
from dinh.indicators.definitions.service import definitions_of, smallest_of

__all__ = ["Counted", "Indicator", "counts", "definitions_of", "smallest_of"]
