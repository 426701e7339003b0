"""Style, fonts and script, held in memory under names that carry their hash: cached for ever, and no path to climb."""

import gzip
import hashlib
import re
from pathlib import Path

import msgspec

from dinh.kernel.errors import NotFound

FOLDER = Path(__file__).parent / "static"
KINDS = {".woff2": "font/woff2", ".svg": "image/svg+xml", ".js": "text/javascript", ".css": "text/css"}


class Asset(msgspec.Struct, frozen=True):
    content: bytes
    packed: bytes | None
    media_type: str


class Assets:
    def __init__(self, folder: Path = FOLDER) -> None:
        self._names: dict[str, str] = {}
        self._assets: dict[str, Asset] = {}
        # Files that name others come after them: they are given the names with hashes.
        for path in sorted(folder.iterdir(), key=lambda path: (path.suffix == ".css" or path.stem == "init", path.name)):
            if path.suffix in KINDS:
                self._add(path)

    def _add(self, path: Path) -> None:
        content = path.read_bytes()
        if path.suffix in {".css", ".js"}:
            content = re.sub(rb"[\w-]+\.(?:woff2|svg|js)", lambda match: self._names.get(match[0].decode(), match[0].decode()).encode(), content)
        name = f"{path.stem}.{hashlib.sha256(content).hexdigest()[:12]}{path.suffix}"
        self._names[path.name] = name
        packed = None if path.suffix == ".woff2" else gzip.compress(content, mtime=0)
        self._assets[name] = Asset(content, packed, KINDS[path.suffix])

    def url(self, name: str) -> str:
        return f"/assets/{self._names[name]}"

    def get(self, name: str) -> Asset:
        found = self._assets.get(name)
        if found is None:
            raise NotFound
        return found
