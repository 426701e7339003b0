"""What may be published of a table, so that nobody works a small number out."""

from dinh.indicators.disclosure.contracts import TOTAL, Cell, Shown
from dinh.indicators.disclosure.rules import changeable, publish

__all__ = ["TOTAL", "Cell", "Shown", "changeable", "publish"]
