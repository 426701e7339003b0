"""Told messages for the providers' own systems: taken in durably, handed on until the system took or refused them, receipted."""

from dinh.exchange.handover.contracts import Arrived, HandedOver
from dinh.exchange.handover.service import arrived, hand_over, handovers, hurry

__all__ = ["Arrived", "HandedOver", "arrived", "hand_over", "handovers", "hurry"]
