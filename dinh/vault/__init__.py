"""The electronic document warehouse: signed results, kept for their person, shared at their wish, verifiable by anyone."""

from dinh.vault.documents import Document, DocumentDeposited, DocumentOpened, DocumentSuperseded, ReplacementRefused, Roots, deposit, documents_of
from dinh.vault.shares import DocumentShared, ShareOpened, ShareRevoked, views_of
from dinh.vault.shares import routes as _share_routes
from dinh.vault.shelf import routes as _shelf_routes
from dinh.vault.verification import PublicFacts, SheetIssued
from dinh.vault.verification import routes as _verification_routes

routes = [*_shelf_routes, *_share_routes, *_verification_routes]

__all__ = [
    "Document", "DocumentDeposited", "DocumentOpened", "DocumentShared", "DocumentSuperseded", "PublicFacts", "ReplacementRefused", "Roots", "ShareOpened",
    "ShareRevoked", "SheetIssued", "deposit", "documents_of", "routes", "views_of",
]  # fmt: skip
