"""Where the members' information systems come in."""

from dinh.exchange.systems.contracts import Connection, System, SystemAdmitted, SystemDismissed
from dinh.exchange.systems.http import Edge
from dinh.exchange.systems.service import admit, dismiss, systems_of, try_out

__all__ = ["Connection", "Edge", "System", "SystemAdmitted", "SystemDismissed", "admit", "dismiss", "systems_of", "try_out"]
