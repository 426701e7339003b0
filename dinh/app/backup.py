"""Save and bring back all nodes: databases, files, keys and published heads.

`TARGET/keys/` holds the newest copy of the data keys and nothing older: a key that was destroyed is gone from every
backup in that folder the next time one is made, whatever the age of the database beside it.
"""

import asyncio
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from dinh.app.databases import Databases
from dinh.app.operator import Mark, put_mark_as_owner
from dinh.kernel import clock, country, events
from dinh.kernel import keys as data_keys
from dinh.kernel.database.setup import ensure_database, ensure_roles
from dinh.kernel.settings import Settings

KEY_TABLE = f"{data_keys.SCHEMA}.{data_keys.TABLE}"
HEADS = "heads.jsonl"
MANIFEST = "manifest.json"
# How COPY writes a value that is not there.
ABSENT = "\\N"
# What says what an installation is, beside what its nodes hold.
BESIDE = ("demo-accounts.json", "settings.env", "node.yaml", "application.jws", "admission.jws")
STAMP = "%Y%m%dT%H%M%S.%fZ"


def _tool(databases: Databases, name: str, *arguments: str) -> list[str]:
    return databases.server.tool(name, *arguments) if databases.server else [name, *arguments]


async def _run(command: list[str]) -> str:
    """What it printed. Raises RuntimeError with what it complained of."""
    done = await asyncio.to_thread(subprocess.run, command, check=False, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode(errors="replace")


async def back_up(settings: Settings, target: Path) -> Path:
    """While everything runs. Returns the new folder `TARGET/<time>`; keys go to `TARGET/keys`."""
    known, databases = country.of(settings), Databases(settings)
    folder = target.resolve() / clock.now().astimezone(UTC).strftime(STAMP)
    keys = target.resolve() / "keys"
    for path in (folder, keys):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    for plan in known.hosted.values():
        dsn = databases.owner_dsn(databases.name(plan.code))
        # Heads before rows, so that none is longer than what was saved; files after rows, so that no row lacks its file.
        await asyncio.to_thread(_copy_heads, settings.home / "nodes" / plan.code, folder / "nodes" / plan.code)
        await _run(_tool(databases, "pg_dump", "-Fc", "--exclude-table-data", KEY_TABLE, "-f", str(folder / f"{plan.code}.dump"), dsn))
        await _save_keys(databases, plan.code, keys)
        await asyncio.to_thread(_copy, settings.home / "nodes" / plan.code, folder / "nodes" / plan.code)
    await asyncio.to_thread(_copy, settings.home / "trust", keys / "trust")
    for path in (settings.home / name for name in BESIDE):
        if path.exists():
            shutil.copy2(path, folder / path.name)
    await asyncio.to_thread(_write_manifest, folder)
    (folder / "complete").write_text(datetime.now(UTC).isoformat())
    for plan in known.hosted.values():
        await _mark(databases, plan.code, folder)
    return folder


async def _save_keys(databases: Databases, node: str, keys: Path) -> None:
    fresh = keys / f"{node}.dump.new"
    dsn = databases.owner_dsn(databases.name(node))
    await _run(_tool(databases, "pg_dump", "-Fc", "--data-only", "-t", KEY_TABLE, "-f", str(fresh), dsn))
    fresh.replace(keys / f"{node}.dump")


class KeptKeys:
    """The newest keys of a backup folder. Saved anew, they lack what was destroyed since, and so does every backup beside them."""

    def __init__(self, settings: Settings, target: Path) -> None:
        self._databases, self._keys = Databases(settings), target.resolve() / "keys"

    @property
    def exist(self) -> bool:
        return self._keys.is_dir()

    async def still_open(self, node: str, scopes: set[str]) -> int:
        """Save the node's keys anew, and read back how many of these scopes they would still open."""
        await _save_keys(self._databases, node, self._keys)
        text = await _run(_tool(self._databases, "pg_restore", "--data-only", "-f", "-", str(self._keys / f"{node}.dump")))
        return sum(scope in scopes and wrapped != ABSENT for scope, wrapped in _copied(text))


def kept_keys(settings: Settings, target: Path | None = None) -> KeptKeys | None:
    """Those of the installation's own backups, or of another folder. None where nothing was saved yet."""
    found = KeptKeys(settings, target or settings.backup_folder)
    return found if found.exist else None


def _copied(text: str) -> Iterator[tuple[str, str]]:
    """Scope and wrapped key of each row, from the COPY that pg_restore prints."""
    lines = iter(text.splitlines())
    header = next((line for line in lines if f" {KEY_TABLE} (" in line), "")
    names = [name.strip() for name in header.partition("(")[2].partition(")")[0].split(",")]
    for line in lines:
        if line == ABSENT[0] + ".":
            return
        values = dict(zip(names, line.split("\t"), strict=True))
        yield values["scope"], values["wrapped"]


async def _mark(databases: Databases, node: str, folder: Path) -> None:
    """The operator's page shows when the last backup was complete, and how large the node's part is."""
    size = sum(path.stat().st_size for path in [folder / f"{node}.dump", *(folder / "nodes" / node).rglob("*")] if path.is_file())
    connection = await databases.owner(databases.name(node))
    try:
        await put_mark_as_owner(connection, Mark("backup", clock.now(), "complete", size))
    finally:
        await connection.close()


def _write_manifest(folder: Path) -> None:
    """What every file of this backup hashes to, so that a disk that forgets is found before the backup is needed."""
    hashes = {path.relative_to(folder).as_posix(): _hash(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(hashes)))


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _copy(source: Path, target: Path) -> None:
    if source.exists():
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.partial", "*.lock", HEADS))


def _copy_heads(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    if (source / HEADS).exists():
        shutil.copy2(source / HEADS, target / HEADS)


def newest(source: Path) -> Path:
    """The last backup that was completed. Raises RuntimeError when there is none."""
    found = sorted(path.parent for path in source.resolve().glob("*/complete"))
    if not found:
        raise RuntimeError(f"{source} holds no complete backup")
    return found[-1]


async def check(settings: Settings, source: Path) -> tuple[Path, int]:
    """Whether the newest backup could be brought back: every file as it was written, every dump readable, every key there.
    Restores nothing. Its folder and how many files it has; raises RuntimeError naming the first fault.
    """
    folder, keys, databases = newest(source), source.resolve() / "keys", Databases(settings)
    manifest = folder / MANIFEST
    known: dict[str, str] = msgspec.json.decode(manifest.read_bytes(), type=dict[str, str]) if manifest.exists() else {}
    for name, expected in known.items():
        path = folder / name
        if not path.is_file():
            raise RuntimeError(f"{path} is missing")
        if await asyncio.to_thread(_hash, path) != expected:
            raise RuntimeError(f"{path} is not what was written")
    nodes = country.of(msgspec.structs.replace(settings, home=folder)).hosted
    needed = [folder / "nodes" / code / "node.key" for code in nodes] + [keys / "trust" / name for name in ("signer.secret", "keys")]
    for path in needed:
        if not path.exists():
            raise RuntimeError(f"{path} is missing: without it nothing that was encrypted opens again")
    for path in [place / f"{code}.dump" for place in (folder, keys) for code in nodes]:
        await _run(_tool(databases, "pg_restore", "--list", str(path)))
    return folder, len(known)


async def bring_back(settings: Settings, source: Path) -> None:
    """Into an installation without data. Each node's spine opens a new epoch, because transaction numbers start anew."""
    folder, keys = newest(source), source.resolve() / "keys"
    if (settings.home / "nodes").exists():
        raise RuntimeError(f"{settings.home} has data: restore into an empty one")
    settings.home.mkdir(parents=True, exist_ok=True)
    for path in (folder / name for name in BESIDE):
        if path.exists():
            shutil.copy2(path, settings.home / path.name)
    _copy(keys / "trust", settings.home / "trust")
    _close_to_others(settings.home / "trust")
    databases = Databases(settings)
    if databases.server:
        databases.server.start()
    try:
        await _restore_all(settings, databases, folder, keys)
    finally:
        if databases.server:
            databases.server.stop()


async def _restore_all(settings: Settings, databases: Databases, folder: Path, keys: Path) -> None:
    known = country.of(settings)
    connection = await databases.owner("postgres")
    try:
        await ensure_roles(connection)
        for plan in known.hosted.values():
            await ensure_database(connection, databases.name(plan.code))
    finally:
        await connection.close()
    for plan in known.hosted.values():
        dsn = databases.owner_dsn(databases.name(plan.code))
        await _run(_tool(databases, "pg_restore", "--exit-on-error", "-d", dsn, str(folder / f"{plan.code}.dump")))
        await _run(_tool(databases, "pg_restore", "--exit-on-error", "--data-only", "-d", dsn, str(keys / f"{plan.code}.dump")))
        _copy(folder / "nodes" / plan.code, settings.home / "nodes" / plan.code)
        _copy_heads(folder / "nodes" / plan.code, settings.home / "nodes" / plan.code)
        _close_to_others(settings.home / "nodes" / plan.code)
        await _open_epoch(databases, plan.code)


def _close_to_others(folder: Path) -> None:
    """However the backup was carried here: keys and content are for this account alone."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)


async def _open_epoch(databases: Databases, node: str) -> None:
    connection = await databases.owner(databases.name(node))
    try:
        await events.open_epoch(connection)
    finally:
        await connection.close()
