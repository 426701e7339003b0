"""Documents of persons: deposited, replaced, found, opened."""

from dinh.vault.documents.contracts import (
    Document,
    DocumentDeposited,
    DocumentOpened,
    DocumentSuperseded,
    Opening,
    Purpose,
    Reader,
    ReplacementRefused,
    Search,
    VaultRules,
)  # fmt: skip
from dinh.vault.documents.rules import reader_of
from dinh.vault.documents.service import (
    Roots,
    deposit,
    document_by_hash,
    document_by_token,
    documents_of,
    find_document,
    keep_opening,
    known_document,
    lock_document,
    open_document,
    openings_of,
    pdf_of,
    put_link,
    select,
    vault_rules,
)  # fmt: skip

__all__ = [
    "Document", "DocumentDeposited", "DocumentOpened", "DocumentSuperseded", "Opening", "Purpose", "Reader", "ReplacementRefused", "Roots", "Search",
    "VaultRules", "deposit", "document_by_hash", "document_by_token", "documents_of", "find_document", "keep_opening", "known_document", "lock_document",
    "open_document", "openings_of", "pdf_of", "put_link", "reader_of", "select", "vault_rules",
]  # fmt: skip
