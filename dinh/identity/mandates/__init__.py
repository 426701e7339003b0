"""Who may act for whom: a parent for a minor child, and whoever a person let act for them."""

from dinh.identity.mandates.contracts import PARTS, Mandate, MandateEnded, MandateGiven, MandateTaken
from dinh.identity.mandates.pages import routes
from dinh.identity.mandates.plugs import Grantable
from dinh.identity.mandates.service import mandate_rules, mandates_of, views

__all__ = ["PARTS", "Grantable", "Mandate", "MandateEnded", "MandateGiven", "MandateTaken", "mandate_rules", "mandates_of", "routes", "views"]
