"""What each client used of each service on a day, and the daily limits of rights."""

from dinh.exchange.metering.contracts import Admitted, Amount, Line, Use
from dinh.exchange.metering.service import Meter
from dinh.exchange.metering.store import adding, columns_of, totals_of

__all__ = ["Admitted", "Amount", "Line", "Meter", "Use", "adding", "columns_of", "totals_of"]
