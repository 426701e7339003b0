"""Search and pages from an address, which anyone may have typed."""

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from dinh.vault.documents import Document, Search
from dinh.vault.shelf.contracts import Shown

PAGE = 20
LONGEST_TEXT = 200


def search_of(query: Mapping[str, str], every: list[Document]) -> Search:
    """A value that none of the person's documents has asks nothing, as the form shows it."""
    known: dict[str, set[str]] = {
        "kind": {one.kind for one in every},
        "issuer": {one.issuer for one in every},
        "status": {one.status for one in every},
    }
    asked = {name: query.get(name, "") for name in known if query.get(name, "") in known[name]}
    return Search(text=query.get("q", "")[:LONGEST_TEXT].strip(), **asked)


def page_of(found: list[Document], wish: str) -> Shown:
    """The page asked for, or the nearest there is."""
    pages = max(1, -(-len(found) // PAGE))
    number = min(max(1, int(wish)), pages) if wish.isascii() and wish.isdigit() and len(wish) < 6 else 1  # noqa: PLR2004 - a page's number
    return Shown(found[(number - 1) * PAGE : number * PAGE], number, pages)


def address(search: Search, number: int) -> str:
    """Of the same search's other page."""
    asked = {"q" if name == "text" else name: value for name, value in msgspec.structs.asdict(search).items() if value}
    return "/documents?" + urlencode({**asked, "page": number})
