"""Who looked at whose data, when, why and on what legal basis: durable before the answer leaves."""

from dinh.exchange.accesslog.contracts import (
    MOST,
    Access,
    AccessCommitted,
    Embargo,
    Entry,
    Line,
    Log,
    Mark,
    Order,
    Seen,
    Shown,
    Tally,
    Wanted,
    Withheld,
)
from dinh.exchange.accesslog.rules import name_of
from dinh.exchange.accesslog.service import RECENT_DAYS, by_number, commit, entries_of, lines_of, log_of, open_embargoes, prolong, record
from dinh.exchange.accesslog.store import adding, columns_of

__all__ = [
    "MOST", "RECENT_DAYS", "Access", "AccessCommitted", "Embargo", "Entry", "Line", "Log", "Mark", "Order", "Seen", "Shown", "Tally", "Wanted", "Withheld",
    "adding", "by_number", "columns_of", "commit", "entries_of", "lines_of", "log_of", "name_of", "open_embargoes", "prolong", "record",
]  # fmt: skip
