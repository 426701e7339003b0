"""Which release this is. Light to import."""

import hashlib
import os
from functools import cache
from importlib.metadata import version as installed_version
from pathlib import Path

import msgspec

PACKAGE = Path(__file__).resolve().parents[1]
COMMIT = 12


class Release(msgspec.Struct, frozen=True):
    """`schema` stands for all migrations that this code knows: two releases with the same one can share a database."""

    version: str
    commit: str | None
    schema: str

    @property
    def mark(self) -> str:
        """How its connections are called in the database."""
        return f"dinh {self.version} {self.schema}"


@cache
def current() -> Release:
    return Release(installed_version("dinh"), _commit(), _schema())


def _schema() -> str:
    together = hashlib.sha256()
    for path in sorted(PACKAGE.glob("*/schema/*.sql")):
        together.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return together.hexdigest()[:12]


def _commit() -> str | None:
    """What the operator says, else what the clone says; None for an installed package."""
    said = os.environ.get("DINH_COMMIT")
    if said:
        return said[:COMMIT]
    folder = PACKAGE.parent / ".git"
    try:
        head = (folder / "HEAD").read_text().strip()
        return (folder / head.removeprefix("ref: ")).read_text()[:COMMIT] if head.startswith("ref: ") else head[:COMMIT]
    except OSError:
        return None
