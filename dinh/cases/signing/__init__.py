"""The signing queue, and authority to decide lent to another post."""

from dinh.cases.signing.pages import routes
from dinh.cases.signing.service import Waiting, Wish, give, others, waiting

__all__ = ["Waiting", "Wish", "give", "others", "routes", "waiting"]
