"""Figures by indicator, month, unit and procedure, computed from the spine and published without small cells."""

from dinh.indicators.figures.contracts import Line, Month, ProcedureTitles, Table
from dinh.indicators.figures.pages import routes
from dinh.indicators.figures.service import as_of, lines, months, publish, read_spine, rebuild, table

__all__ = ["Line", "Month", "ProcedureTitles", "Table", "as_of", "lines", "months", "publish", "read_spine", "rebuild", "routes", "table"]
