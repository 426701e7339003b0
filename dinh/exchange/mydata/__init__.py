"""The person's own view of the access logs of all nodes."""

from dinh.exchange.mydata.contracts import LogExported, View
from dinh.exchange.mydata.pages import routes
from dinh.exchange.mydata.plugs import ComplaintPath, NumberKeepers, OwnCases, Views
from dinh.exchange.mydata.provider import answers
from dinh.exchange.mydata.service import gather

__all__ = ["ComplaintPath", "LogExported", "NumberKeepers", "OwnCases", "View", "Views", "answers", "gather", "routes"]
