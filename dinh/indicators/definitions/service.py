"""Read once a process."""

from functools import cache
from pathlib import Path

from dinh.indicators.definitions.contracts import Indicator, IndicatorFile, Publication
from dinh.kernel import content
from dinh.kernel.country import Country


@cache
def _load(folder: Path) -> dict[str, Indicator]:
    files = content.read_all(folder / "indicators", IndicatorFile)
    return {indicator.code: indicator for file in files.values() for indicator in file.indicators}


def definitions_of(country: Country) -> dict[str, Indicator]:
    return _load(country.folder)


@cache
def _rule(folder: Path) -> Publication:
    return content.read(folder / "figures.yaml", Publication)


def smallest_of(country: Country) -> int:
    """Smaller counts are not published."""
    return _rule(country.folder).smallest
