"""The public shell: home and search. It shows cards that app gathers from the rooms."""

from dinh.portal.pages import Card, Cards, routes

__all__ = ["Card", "Cards", "routes"]
