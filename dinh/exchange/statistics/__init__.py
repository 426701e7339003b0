"""What was exchanged, by hour: for the operator soon, for everyone later and without what may not be told."""

from dinh.exchange.statistics.contracts import COLUMNS, FIGURES, SMALLEST, Asked, By, Day, Figures, Hourly, Line, Wanted
from dinh.exchange.statistics.http import CACHED, CSV
from dinh.exchange.statistics.http import routes as machine_routes
from dinh.exchange.statistics.jobs import count_hours
from dinh.exchange.statistics.pages import routes as page_routes
from dinh.exchange.statistics.rules import asked, row
from dinh.exchange.statistics.service import DAYS, MOST_LINES, delay_of, hours_since, latest_day, until, withheld
from dinh.exchange.statistics.store import ADDED, QUICK
from dinh.exchange.statistics.telling import figures_of, tell

routes = [*page_routes, *machine_routes]
letters = {FIGURES: tell}
"""What app plugs in as Letters."""

__all__ = [
    "ADDED", "CACHED", "COLUMNS", "CSV", "DAYS", "FIGURES", "MOST_LINES", "QUICK", "SMALLEST", "Asked", "By", "Day", "Figures", "Hourly", "Line", "Wanted",
    "asked", "count_hours", "delay_of", "figures_of", "hours_since", "latest_day", "letters", "routes", "row", "until", "withheld",
]  # fmt: skip
