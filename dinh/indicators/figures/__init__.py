"""Figures by indicator, unit and month, computed from the spine."""

from dinh.indicators.figures.pages import routes
from dinh.indicators.figures.service import Figure, as_of, figures, read_spine, rebuild

__all__ = ["Figure", "as_of", "figures", "read_spine", "rebuild", "routes"]
