"""Heads that someone carries as a file: made here, judged anywhere."""

import asyncio
from pathlib import Path
from typing import Literal
from uuid import UUID

import msgspec
from cryptography import x509
from rich.markup import escape

from dinh.app.nodes import open_nodes
from dinh.app.signatures import trusted_roots
from dinh.exchange import ProvedHead, prove_head, verify_head
from dinh.kernel.errors import BadSignature
from dinh.kernel.settings import Settings


class Verdict(msgspec.Struct, frozen=True):
    verdict: Literal["verified", "refused"]
    why: str
    head: ProvedHead | None = None


async def save(settings: Settings, code: str, event: UUID | None) -> bytes:
    """The newest head of a node, with one event if it is named. Raises NotFound."""
    async with open_nodes(settings, code, web=False) as nodes:
        return await prove_head(nodes[code], event)


def judge(settings: Settings, file: Path, roots: list[Path] | None) -> tuple[Verdict, str, int]:
    """By the certificates in `roots`, or by the authorities of this installation: what it proves, in words for a terminal, and the exit code."""
    try:
        trusted = [one for path in roots for one in x509.load_pem_x509_certificates(path.read_bytes())] if roots else trusted_roots(settings)
        found = asyncio.run(verify_head(file.read_bytes(), trusted))
    except (OSError, ValueError, BadSignature) as error:
        return Verdict("refused", str(error)), f"[red]refused[/red]: {escape(str(error))}", 1
    return Verdict("verified", "", found), f"[green]verified[/green]: {escape(_words(found))}", 0


def _words(found: ProvedHead) -> str:
    words = f"{found.node}, epoch {found.epoch}: {found.size:,} events, signed {found.signed_at:%Y-%m-%d %H:%M:%S} UTC"
    if found.witness:
        words += f"; a beginning of it countersigned by {found.witness} {found.witnessed_at:%Y-%m-%d %H:%M:%S} UTC"
    if found.event:
        seen = "which the countersignature covers" if found.covered else "which no countersignature covers yet"
        words += f"; event {found.event.position:,} is {found.event.type} of {found.event.recorded_at:%Y-%m-%d %H:%M:%S} UTC, {seen}"
    return words
