"""Finding titles by what people type, whatever they are the titles of."""

from dinh.cases.search.rules import Hit, Index, one_apart

__all__ = ["Hit", "Index", "one_apart"]
