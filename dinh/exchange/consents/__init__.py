"""Consent where nothing else allows a use: given and withdrawn by the person, asked for at every use."""

from dinh.exchange.consents.contracts import Consent, ConsentGiven, ConsentWithdrawn
from dinh.exchange.consents.pages import routes
from dinh.exchange.consents.service import PortalConsents, answers

__all__ = ["Consent", "ConsentGiven", "ConsentWithdrawn", "PortalConsents", "answers", "routes"]
