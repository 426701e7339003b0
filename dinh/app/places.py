"""Where an installation keeps what its processes share. Light to import."""

import fcntl
import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import IO

from dinh.kernel.settings import Settings


def ready_file(settings: Settings) -> Path:
    """Made once everything is set up; the web process opens when it is there."""
    return settings.home / "ready"


def claim(settings: Settings) -> IO[str]:
    """Hold the installation until the file is closed: a home has one `dinh run`, and one country. Raises RuntimeError."""
    settings.home.mkdir(parents=True, exist_ok=True)
    lock = (settings.home / "running.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        message = f"another dinh runs on {settings.home}"
        raise RuntimeError(message) from error
    mark = settings.home / "country"
    if mark.exists() and mark.read_text() != settings.country:
        lock.close()
        message = f"{settings.home} belongs to the country {mark.read_text()!r}: set DINH_HOME for another"
        raise RuntimeError(message)
    mark.write_text(settings.country)
    return lock


def is_running(settings: Settings) -> bool:
    """Whether a `dinh run` holds this installation."""
    try:
        with (settings.home / "running.lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def signer_socket(settings: Settings) -> Path:
    """Short, in a folder of our own: a socket's path has 107 bytes."""
    mark = hashlib.sha256(str(settings.home).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"dinh-signer-{mark}" / "signer.sock"


def root_file(settings: Settings) -> Path:
    return settings.home / "trust" / "root.pem"


def issuer_file(settings: Settings) -> Path:
    return settings.home / "trust" / "ticket-issuer.pem"


def application_file(settings: Settings) -> Path:
    """What a member's installation carries to the registry."""
    return settings.home / "application.jws"


def admission_file(settings: Settings) -> Path:
    """What the registry answered, once it was found good."""
    return settings.home / "admission.jws"


def key_folder(settings: Settings) -> Path:
    return settings.home / "trust" / "keys"


def ensure_secret(settings: Settings) -> Path:
    """The signer's master secret, made once; production operators put their own there first."""
    path = settings.home / "trust" / "signer.secret"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_hex(32))
    return path
