"""Who looked at whose data, when, why and on what legal basis: durable before the answer leaves."""

from dinh.exchange.accesslog.contracts import (
    MOST,
    Access,
    AccessCommitted,
    Embargo,
    EntriesDisposed,
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
from dinh.exchange.accesslog.disposal import holdings
from dinh.exchange.accesslog.rules import FIELDS, NUMBER, OPEN, SALT, commitment, digest, hidden, name_of, salts_of, values_of
from dinh.exchange.accesslog.service import (
    RECENT_DAYS,
    by_number,
    commit,
    entries_of,
    has_numbers,
    lines_by_id,
    lines_of,
    log_of,
    names_of,
    open_embargoes,
    prolong,
    record,
    shown_lines,
)
from dinh.exchange.accesslog.store import adding, columns_of

__all__ = [
    "FIELDS", "MOST", "NUMBER", "OPEN", "RECENT_DAYS", "SALT", "Access", "AccessCommitted", "Embargo", "EntriesDisposed", "Entry", "Line", "Log", "Mark", "Order", "Seen", "Shown", "Tally", "Wanted", "Withheld",
    "adding", "by_number", "columns_of", "commit", "commitment", "digest", "entries_of", "has_numbers", "hidden", "holdings", "lines_by_id", "lines_of", "log_of", "name_of", "names_of", "open_embargoes", "prolong", "record", "salts_of", "shown_lines", "values_of",
]  # fmt: skip
