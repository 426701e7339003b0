"""Which card belongs to which event of a life."""

from collections.abc import Sequence

from dinh.portal.contracts import Card, LifeEvent, LifeEvents


def of_event(event: LifeEvent, cards: Sequence[Card]) -> list[Card]:
    """Those the event names, in its order; then those that name the event, by code."""
    known = {card.code: card for card in cards}
    named = [known[code] for code in event.services if code in known]
    return named + sorted((card for card in cards if card.code not in event.services and card.event == event.title), key=lambda card: card.code)


def arranged(found: LifeEvents, cards: Sequence[Card]) -> list[tuple[LifeEvent, list[Card]]]:
    """Events that have a service today, in the order of the country's file."""
    return [(event, theirs) for event in found.events if (theirs := of_event(event, cards))]


def without_event(found: LifeEvents, cards: Sequence[Card]) -> list[Card]:
    """Services that no event leads to: they are shown by themselves, so that none is lost."""
    placed = {card.code for _, theirs in arranged(found, cards) for card in theirs}
    return [card for card in cards if card.code not in placed]


def popular(found: LifeEvents, cards: Sequence[Card]) -> list[Card]:
    known = {card.code: card for card in cards}
    return [known[code] for code in found.popular if code in known]
