"""Who may act for whom: a parent for a minor child, and whoever a person let act for them."""

from dinh.identity.mandates.contracts import PARTS, Mandate, MandateDisposed, MandateEnded, MandateGiven, MandateTaken
from dinh.identity.mandates.pages import routes
from dinh.identity.mandates.plugs import Grantable
from dinh.identity.mandates.service import holdings, mandate_rules, mandates_of, views

__all__ = [
    "PARTS",
    "Grantable",
    "Mandate",
    "MandateDisposed",
    "MandateEnded",
    "MandateGiven",
    "MandateTaken",
    "holdings",
    "mandate_rules",
    "mandates_of",
    "routes",
    "views",
]
