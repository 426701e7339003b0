"""Figures computed from events."""

from dinh.indicators.figures import ProcedureTitles, publish, read_spine, rebuild, routes

__all__ = ["ProcedureTitles", "publish", "read_spine", "rebuild", "routes"]
