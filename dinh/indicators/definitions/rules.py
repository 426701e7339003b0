"""Whether an event counts."""

from typing import Any

from dinh.indicators.definitions.contracts import Indicator


def counts(indicator: Indicator, event_type: str, payload: dict[str, Any]) -> bool:
    return any(
        counted.event == event_type and all(_plain(payload.get(name)) == value for name, value in counted.where.items())
        for counted in indicator.count
    )


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
