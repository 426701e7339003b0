"""The events of a life, as the country's file declares them."""

from functools import cache
from pathlib import Path

from dinh.kernel import content
from dinh.kernel.country import Country
from dinh.portal.contracts import LifeEvents


@cache
def _load(folder: Path) -> LifeEvents:
    return content.read(folder / "life_events.yaml", LifeEvents)


def life_events_of(country: Country) -> LifeEvents:
    """Raises BadContent."""
    return _load(country.folder)
