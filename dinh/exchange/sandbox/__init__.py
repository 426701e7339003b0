"""A member that answers by examples, and the page where an engineer tries services against it."""

from dinh.exchange.sandbox.pages import routes
from dinh.exchange.sandbox.service import Sandbox

__all__ = ["Sandbox", "routes"]
