"""What was exchanged, by hour: for the operator soon, for everyone later and without what may not be told."""

from dinh.exchange.statistics.contracts import Hourly
from dinh.exchange.statistics.http import routes as machine_routes
from dinh.exchange.statistics.jobs import count_hours
from dinh.exchange.statistics.pages import routes as page_routes
from dinh.exchange.statistics.service import hours_since

routes = [*page_routes, *machine_routes]

__all__ = ["Hourly", "count_hours", "hours_since", "routes"]
