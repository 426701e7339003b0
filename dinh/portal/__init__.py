"""The public shell: home, life events and search. It shows cards that app gathers from the rooms."""

from dinh.portal.contracts import Card, Cards, Found, LifeEvent, LifeEvents, Link, Waiting
from dinh.portal.pages import routes
from dinh.portal.service import life_events_of

__all__ = ["Card", "Cards", "Found", "LifeEvent", "LifeEvents", "Link", "Waiting", "life_events_of", "routes"]
