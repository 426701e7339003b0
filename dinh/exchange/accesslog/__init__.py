"""Who looked at whose data, when, why and on what legal basis: durable before the answer leaves."""

from dinh.exchange.accesslog.contracts import Entry, Seen
from dinh.exchange.accesslog.service import entries_of, record, record_exchange

__all__ = ["Entry", "Seen", "entries_of", "record", "record_exchange"]
