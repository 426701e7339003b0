"""What waits at a unit's desk: by urgency, by name, by number; several accepted at once."""

from dinh.cases.inbox.contracts import AcceptedTogether, Line, Searched, Wanted
from dinh.cases.inbox.pages import routes
from dinh.cases.inbox.service import accept_together, counts, inbox, search

__all__ = ["AcceptedTogether", "Line", "Searched", "Wanted", "accept_together", "counts", "inbox", "routes", "search"]
