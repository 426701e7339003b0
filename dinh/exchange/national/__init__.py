"""The published figures of all nodes, gathered at the registry's node: `/open/exchange/national`."""

from dinh.exchange.national.http import routes as machine_routes
from dinh.exchange.national.jobs import gather_figures
from dinh.exchange.national.pages import routes as page_routes

routes = [*page_routes, *machine_routes]

__all__ = ["gather_figures", "routes"]
