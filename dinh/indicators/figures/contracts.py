"""Figures as they are counted, published and named."""

from collections.abc import Callable
from datetime import date

import msgspec

from dinh.indicators.disclosure import Cell, Shown
from dinh.kernel.content import Text


class ProcedureTitles:
    """Plugged in by app: the title of a procedure's code, which this room does not know."""

    def __init__(self, title: Callable[[str], Text]) -> None:
        self.title = title


class Month(msgspec.Struct, frozen=True):
    """The totals of a month, by indicator."""

    month: date
    totals: dict[str, Shown]


class Table(msgspec.Struct, frozen=True):
    """One indicator in one month: units as rows, procedures as columns, with their totals. What is not there is zero."""

    month: date
    units: list[str]
    procedures: list[str]
    cells: dict[Cell, Shown]


class Line(msgspec.Struct, frozen=True):
    """One published number, as a row of the download."""

    month: date
    unit: str
    procedure: str
    shown: Shown
