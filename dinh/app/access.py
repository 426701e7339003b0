"""Judging a file of proofs from the citizen's log that someone brought."""

import asyncio
from pathlib import Path

from cryptography import x509
from rich.markup import escape

from dinh.app.signatures import trusted_roots
from dinh.exchange import Report, verify_access
from dinh.kernel.settings import Settings

_SHOWN = {"verified": ("green", 0), "refused": ("red", 1)}


def judge(settings: Settings, file: Path, roots: list[Path] | None) -> tuple[Report, str, int]:
    """By the certificates in `roots`, or by the authorities of this installation: what was found, in words for a terminal, and the exit code."""
    try:
        trusted = [one for path in roots for one in x509.load_pem_x509_certificates(path.read_bytes())] if roots else trusted_roots(settings)
        report = asyncio.run(verify_access(file.read_bytes(), trusted))
    except (OSError, ValueError) as error:
        report = Report(verdict="refused", why=f"cannot be read: {error}")
    colour, code = _SHOWN[report.verdict]
    lines = [f"  {one['at']}  {one.get('agency', '-')}  {one['purpose']}  {one['what']}" for one in report.entries]
    return report, "\n".join([f"[{colour}]{report.verdict}[/{colour}]: {escape(report.why)}", *map(escape, lines)]), code
