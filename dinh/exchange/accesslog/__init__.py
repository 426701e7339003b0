"""Who looked at whose data, when, why and on what legal basis: durable before the answer leaves."""

from dinh.exchange.accesslog.contracts import MOST, Access, Entry, Log, Mark, Seen, Tally, Wanted
from dinh.exchange.accesslog.service import RECENT_DAYS, entries_of, log_of, record, record_all

__all__ = ["MOST", "RECENT_DAYS", "Access", "Entry", "Log", "Mark", "Seen", "Tally", "Wanted", "entries_of", "log_of", "record", "record_all"]
