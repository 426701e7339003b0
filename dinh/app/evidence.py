"""Judging a container of evidence that someone brought as a file."""

import asyncio
import datetime as dt
from pathlib import Path

from cryptography import x509
from rich.markup import escape

from dinh.app.signatures import trusted_roots
from dinh.kernel.settings import Settings
from dinh.trust import Report, verify_container

_SHOWN = {"verified": ("green", 0), "refused": ("red", 1), "partial": ("yellow", 2)}


def judge(settings: Settings, file: Path, roots: list[Path] | None) -> tuple[Report, str, int]:
    """By the certificates in `roots`, or by the authorities of this installation: what was found, in words for a terminal, and the exit code."""
    try:
        trusted = [one for path in roots for one in x509.load_pem_x509_certificates(path.read_bytes())] if roots else trusted_roots(settings)
        report = asyncio.run(verify_container(file.read_bytes(), trusted, dt.datetime.now(dt.UTC)))
    except (OSError, ValueError) as error:
        report = Report(verdict="refused", why=f"archive: {error}", checks=())
    colour, code = _SHOWN[report.verdict]
    who = f" (signed by {report.signer}, stamped {report.stamped_at:%Y-%m-%d %H:%M:%S} UTC)" if report.stamped_at else ""
    return report, f"[{colour}]{report.verdict}[/{colour}]: {escape(report.why + who)}", code
