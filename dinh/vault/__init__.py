"""The electronic document warehouse: signed results, kept for their person, verifiable by anyone."""

from dinh.vault.contracts import Document, DocumentDeposited, DocumentOpened, PublicFacts
from dinh.vault.pages import routes
from dinh.vault.service import Roots, deposit, documents_of

__all__ = ["Document", "DocumentDeposited", "DocumentOpened", "PublicFacts", "Roots", "deposit", "documents_of", "routes"]
