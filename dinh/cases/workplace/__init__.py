"""Where officials work: the desk's pages and the machine API of cases."""

from dinh.cases.workplace.http import api_routes
from dinh.cases.workplace.pages import routes

__all__ = ["api_routes", "routes"]
