"""PostgreSQL as a child of our own process: peer authentication on a socket, no TCP, privileges dropped when root.

It dies with its supervisor: the kernel sends it SIGINT (a fast shutdown) even if the supervisor is killed.
"""

import ctypes
import hashlib
import os
import pwd
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from dinh.kernel.database import binaries

OWNER = "dinh"
APPLICATION = "dinh_app"
START_SECONDS = 30
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


class Server:
    """One cluster under `home`. `options` are extra `name=value` settings (tests switch fsync off)."""

    def __init__(self, home: Path, options: dict[str, str] | None = None) -> None:
        self.account = _account()
        self.data = _data_folder(home)
        self.sockets = _socket_folder(home, self.account)
        self.options = options or {}
        self.programs = binaries.find()
        self._process: subprocess.Popen[bytes] | None = None

    def dsn(self, database: str, role: str = APPLICATION) -> str:
        return f"postgresql://{role}@/{database}?host={self.sockets}"

    def start(self) -> None:
        """Create the cluster at the first start. After a crash the old lock file can live on for a moment: keep trying."""
        if self.running():
            return
        # Reap a child that was killed: as a zombie it would still look like the owner of the lock file.
        self.alive()
        self._create()
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._process = self._spawn()
            if self._wait_ready(deadline):
                return
            if time.monotonic() > deadline:
                message = f"PostgreSQL did not start; see {self.data.parent / 'postgresql.log'}"
                raise RuntimeError(message)
            time.sleep(0.3)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process and process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=START_SECONDS)

    def alive(self) -> bool:
        """Whether our child still runs (the supervisor restarts it otherwise)."""
        return self._process is not None and self._process.poll() is None

    def running(self) -> bool:
        """Whether any process serves this cluster: another `dinh` may have started it."""
        probe = self.tool("pg_isready", "-q", "-h", str(self.sockets))
        return subprocess.run(probe, check=False).returncode == 0  # noqa: S603 - our own program and arguments

    def tool(self, name: str, *arguments: str) -> list[str]:
        """A command line for one of PostgreSQL's programs; those the wheel lacks come from the system."""
        program = self.programs / name
        return [str(program if program.exists() else name), *arguments]

    def _create(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.chown(self.data, self.account.pw_uid, self.account.pw_gid)
        self.data.chmod(0o700)
        arguments = ["-D", str(self.data), "-U", OWNER, "-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        arguments += ["--locale=C.UTF-8", "--auth-host=scram-sha-256", "--auth-local=peer", "--no-instructions"]
        self._run("initdb", *arguments)
        _write_authentication(self.data, self.account.pw_name)

    def _run(self, name: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603
            [str(self.programs / name), *arguments], check=False, capture_output=True, cwd="/", **self._drop()
        )
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr.decode(errors='replace').strip()}")

    def _drop(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def _spawn(self) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700" if os.geteuid() else "0770",
            "max_connections": "120",
            "shared_buffers": "128MB",
            "search_path": "ext",
            **self.options,
        }
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = (self.data.parent / "postgresql.log").open("ab")
        with log:
            return subprocess.Popen(  # noqa: S603
                [str(self.programs / "postgres"), "-D", str(self.data), *flags],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True, preexec_fn=self._child,  # noqa: PLW1509
            )  # fmt: skip

    def _child(self) -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(self.account.pw_gid)
            os.setuid(self.account.pw_uid)
        # After setuid: changing the account clears the death signal.
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGINT)

    def _wait_ready(self, deadline: float) -> bool:
        process = self._process
        while process and process.poll() is None and time.monotonic() < deadline:
            if self.running():
                return True
            time.sleep(0.03)
        return False


def _account() -> pwd.struct_passwd:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ("dinh", "postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    message = "running as root needs an account dinh, postgres or nobody to run PostgreSQL under"
    raise RuntimeError(message)


def _mark(home: Path) -> str:
    return hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12]


def _data_folder(home: Path) -> Path:
    """In `home`, unless the server's account cannot traverse to it."""
    home.mkdir(parents=True, exist_ok=True)
    folder = home / "postgresql" if os.geteuid() != 0 or binaries.reachable(home) else binaries.SHARED / _mark(home)
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        folder.chmod(0o711)
    return folder / "data"


def _socket_folder(home: Path, account: pwd.struct_passwd) -> Path:
    """Short (a socket's path has 107 bytes), ours alone."""
    folder = Path(tempfile.gettempdir()) / f"dinh-{os.geteuid()}-{_mark(home)}"
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = folder.stat().st_uid
    if folder.is_symlink() or owner not in {os.geteuid(), account.pw_uid}:
        message = f"{folder} belongs to someone else"
        raise RuntimeError(message)
    os.chown(folder, account.pw_uid, account.pw_gid)
    folder.chmod(0o700)
    return folder


def _write_authentication(data: Path, account: str) -> None:
    us = pwd.getpwuid(os.geteuid()).pw_name
    (data / "pg_hba.conf").write_text("local all all peer map=dinh\n")
    maps = [f"dinh {name} {role}\n" for name in sorted({us, account}) for role in (OWNER, APPLICATION)]
    (data / "pg_ident.conf").write_text("".join(maps))
