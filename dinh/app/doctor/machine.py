"""What this machine has: programs, permissions, room, port, time zones, fonts."""

import importlib.util
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dinh.app.databases import Databases
from dinh.app.doctor.contracts import Finding
from dinh.app.places import is_running
from dinh.kernel import clock, country, printing
from dinh.kernel.database import binaries
from dinh.kernel.errors import BadContent
from dinh.kernel.settings import ROOT, Settings

OLDEST_PYTHON, OLDEST_POSTGRESQL = (3, 11), 17
PROGRAMS = ("postgres", "initdb", "pg_isready", "pg_dump", "pg_restore")
LITTLE, NONE = 0.10, 0.03
# Letters with two marks: a font that lacks them shows boxes.
STACKED = "Ủy ban, Nguyễn, khuếch, ặ ộ ữ"
# The program that a Debian package brings, where its name differs.
PROGRAM_OF = {"libnss3-tools": "certutil", "poppler-utils": "pdfsig"}


def python(_: Settings) -> Iterator[Finding]:
    if sys.version_info < OLDEST_PYTHON:
        yield Finding("python", "bad", f"Python {platform.python_version()} is too old", "Install Python 3.11 or later, then: make run")
    elif sys.getfilesystemencoding().lower() != "utf-8":
        yield Finding("python", "warning", f"file names are read as {sys.getfilesystemencoding()}", "Set a UTF-8 locale, such as LC_ALL=C.UTF-8")
    else:
        yield Finding("python", "ok", f"Python {platform.python_version()}")


def postgresql(settings: Settings) -> Iterator[Finding]:
    """The programs. With a server of the operator's own only the two of backups are needed."""
    try:
        folder = binaries.find()
    except FileNotFoundError as error:
        yield Finding("postgresql", "bad", str(error), "Run: make run; it brings them with the environment")
        return
    needed = PROGRAMS[3:] if settings.database_url else PROGRAMS
    missing = [name for name in needed if not (folder / name).exists() and not shutil.which(name)]
    if missing:
        yield Finding("postgresql", "bad", f"{', '.join(missing)} not found in {folder}", "Install PostgreSQL's client programs, or set DINH_PG_BIN")
        return
    said = subprocess.run([str(folder / "postgres"), "--version"], check=False, capture_output=True, text=True).stdout.strip()  # noqa: S603
    number = next((part for part in said.split() if part[:1].isdigit()), "0")
    if not settings.database_url and int(number.split(".")[0]) < OLDEST_POSTGRESQL:
        yield Finding("postgresql", "bad", f"PostgreSQL {number} is too old", f"Use version {OLDEST_POSTGRESQL} or later (DINH_PG_BIN)")
    else:
        yield Finding("postgresql", "ok", f"programs of PostgreSQL {number} in {folder}")


def permissions(settings: Settings) -> Iterator[Finding]:
    """Keys and secrets are for this account alone."""
    home = settings.home
    if not home.exists():
        yield Finding("home", "ok", f"{home} is not there yet: the first start makes it")
        return
    secret = [
        home / "trust",
        home / "trust" / "signer.secret",
        home / "demo-accounts.json",
        *home.glob("nodes/*/node.key"),
        *home.glob("trust/keys/*/*"),
    ]
    open_to_others = [path for path in secret if path.exists() and path.stat().st_mode & 0o077]
    if open_to_others:
        names = ", ".join(str(path) for path in open_to_others[:3])
        yield Finding(
            "home", "bad", f"{len(open_to_others)} secrets can be read by others, such as {names}", f"Run: chmod -R go-rwx {home}/trust {home}/nodes"
        )
    else:
        yield Finding("home", "ok", f"{home}: keys and secrets are for this account alone")


def disk(settings: Settings) -> Iterator[Finding]:
    server = None if settings.database_url else Databases(settings).server
    for place, path in {"files": settings.home, "database": server.data if server else None}.items():
        if path is None:
            continue
        usage = shutil.disk_usage(next(folder for folder in [path, *path.parents] if folder.exists()))
        words = f"{place}: {usage.free / 1e9:,.0f} GB of {usage.total / 1e9:,.0f} GB are free"
        level = "bad" if usage.free < usage.total * NONE else "warning" if usage.free < usage.total * LITTLE else "ok"
        yield Finding("disk", level, words, "" if level == "ok" else "Free some room, or give the volume more")  # type: ignore[arg-type]  # the three levels


def port(settings: Settings) -> Iterator[Finding]:
    with socket.socket() as probe:
        taken = probe.connect_ex((settings.address, settings.port)) == 0
    running = is_running(settings)
    if running and not taken:
        yield Finding("port", "bad", f"dinh runs and port {settings.port} does not answer", "See its log; start it again if it stays so")
    elif taken and not running:
        yield Finding("port", "bad", f"port {settings.port} belongs to another program", "Stop it, or set DINH_PORT")
    else:
        yield Finding("port", "ok", f"port {settings.port} {'answers' if running else 'is free'}")


def time(settings: Settings) -> Iterator[Finding]:
    try:
        zone = country.of(settings).zone
    except (ZoneInfoNotFoundError, BadContent) as error:
        yield Finding("time", "bad", f"the country's time zone cannot be read: {error}", "Install time zone data (Debian: tzdata)")
        return
    if settings.clock_offset_seconds:
        yield Finding(
            "time", "warning", f"the clock is shifted by {settings.clock_offset_seconds:,} s", "Unset DINH_CLOCK_OFFSET_SECONDS for real work"
        )
    yield Finding("time", "ok", f"{clock.now().astimezone(ZoneInfo(zone.key)):%Y-%m-%d %H:%M} in {zone.key}")


def printing_works(_: Settings) -> Iterator[Finding]:
    """One page as papers are made: PDF/UA-1 and PDF/A-3a, with the font of the house and a code."""
    try:
        pdf = printing.render(Path(__file__).parent / "page.typ", {"words": STACKED}, "https://example.org", clock.now())
    except Exception as error:  # noqa: BLE001 - whatever the library says is the finding
        yield Finding("printing", "bad", f"a page cannot be printed: {error}", "Run: make run; it brings typst and the fonts")
        return
    yield Finding("printing", "ok", f"a page of {len(pdf):,} bytes as PDF/UA-1 and PDF/A-3a")


def tools(_: Settings) -> Iterator[Finding]:
    """Only where people develop."""
    listing = ROOT / ".ci" / "debian.txt"
    if not listing.exists() or importlib.util.find_spec("pytest") is None:
        return
    packages = [line.strip() for line in listing.read_text().splitlines() if line.strip() and not line.startswith("#")]
    missing = [package for package in packages if not shutil.which(PROGRAM_OF.get(package, package))]
    if missing:
        yield Finding("tools", "warning", f"tests lack {', '.join(missing)}", "Run: make tools")
    else:
        yield Finding("tools", "ok", f"{len(packages)} Debian packages of the tests are there")


CHECKS = (python, postgresql, permissions, disk, port, time, printing_works, tools)
