"""Sharing a document by purpose and expiry."""

from dinh.vault.shares.contracts import DocumentShared, ShareOpened, ShareRevoked
from dinh.vault.shares.pages import purpose_words, routes
from dinh.vault.shares.service import shares_of, views_of

__all__ = ["DocumentShared", "ShareOpened", "ShareRevoked", "purpose_words", "routes", "shares_of", "views_of"]
