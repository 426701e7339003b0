"""Who is connected, what each offers, and who may ask it for which purpose."""

from dinh.exchange.members.contracts import Right, Service
from dinh.exchange.members.names import Names
from dinh.exchange.members.rules import matches
from dinh.exchange.members.service import Membership, membership_of

__all__ = ["Membership", "Names", "Right", "Service", "matches", "membership_of"]
