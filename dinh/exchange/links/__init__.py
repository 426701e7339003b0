"""Connections between nodes: many messages under one signature, many questions on one connection."""

from dinh.exchange.links.client import Answered, Link, Links
from dinh.exchange.links.contracts import Batch, Channel, Fault, Frame, Handler, Item, Letter, Receiver, Reply, Signed, SignedBatch
from dinh.exchange.links.plugs import Letters, MemberKeys, Transport, Wire
from dinh.exchange.links.pump import COMPANY, Pump
from dinh.exchange.links.server import Respondent

__all__ = [
    "COMPANY", "Answered", "Batch", "Channel", "Fault", "Frame", "Handler", "Item", "Letter", "Letters", "Link", "Links", "MemberKeys", "Pump", "Receiver", "Reply", "Respondent",
    "Signed", "SignedBatch", "Transport", "Wire",
]  # fmt: skip
