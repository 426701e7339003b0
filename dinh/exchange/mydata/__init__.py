"""The person's own view of the access logs of all nodes."""

from dinh.exchange.mydata.pages import answers, gather, routes

__all__ = ["answers", "gather", "routes"]
