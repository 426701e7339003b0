"""Figures computed from events."""

from dinh.indicators.figures import read_spine, rebuild, routes

__all__ = ["read_spine", "rebuild", "routes"]
