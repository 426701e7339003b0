"""Told messages for the providers' own systems: taken in durably, handed on until the system took or refused them, receipted."""

from dinh.exchange.handover.contracts import Arrived, HandedOver, HandoversDisposed
from dinh.exchange.handover.disposal import holdings
from dinh.exchange.handover.service import arrived, hand_over, handovers, hurry

__all__ = ["Arrived", "HandedOver", "HandoversDisposed", "arrived", "hand_over", "handovers", "holdings", "hurry"]
