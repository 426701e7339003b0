"""Topics: what is published once, and told to each subscriber as much as its right allows."""

from dinh.exchange.topics.contracts import Publication, Published
from dinh.exchange.topics.service import publish

__all__ = ["Publication", "Published", "publish"]
