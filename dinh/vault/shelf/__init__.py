"""The person's own pages over documents, shares and verification."""

from dinh.vault.shelf.pages import routes

__all__ = ["routes"]
