"""Which documents a search finds, and who may replace whose."""

from collections.abc import Iterable

from dinh.vault.documents.contracts import Document, Reader, Search

# A word of this length may be one letter wrong.
LONG = 5
_PHONES = ("mobile", "android", "iphone", "ipad")
_BROWSERS = ("mozilla/", "opera/")
_PROGRAMS = ("bot", "crawl", "spider", "preview", "curl", "python", "facebookexternalhit")


def passes(document: Document, search: Search) -> bool:
    asked = ((search.kind, document.kind), (search.issuer, document.issuer), (search.status, document.status))
    return all(wish in {"", value} for wish, value in asked)


def hits(words: list[str], text: list[str]) -> bool:
    """Every word is found: within a word of the text, or one letter beside it. All are folded."""
    return all(any(word in known or _nearly(word, known) for known in text) for word in words)


def _nearly(word: str, known: str) -> bool:
    """One letter more, less, other, or two neighbours swapped."""
    if len(word) < LONG or abs(len(word) - len(known)) > 1:
        return False
    start = next((at for at, (one, other) in enumerate(zip(word, known, strict=False)) if one != other), min(len(word), len(known)))
    one, other = word[start:], known[start:]
    return one[1:] == other[1:] or one[1:] == other or one == other[1:] or (one[:2] == other[1::-1] and one[2:] == other[2:])


def newest_first(documents: Iterable[Document]) -> list[Document]:
    return sorted(documents, key=lambda document: (document.issued_on, document.deposited_at), reverse=True)


def may_replace(old: Document, new: Document) -> bool:
    """Only the agency that issued a document replaces it, and only with another of the same person."""
    return (old.issuer, old.person) == (new.issuer, new.person)


def reader_of(user_agent: str, address: str) -> Reader:
    """A browser on a phone, one on a computer, or a program: as it calls itself."""
    said = user_agent.lower()
    if any(word in said for word in _PROGRAMS) or not said.startswith(_BROWSERS):
        return Reader("program", f"{address} {user_agent}")
    return Reader("phone" if any(word in said for word in _PHONES) else "computer", f"{address} {user_agent}")
