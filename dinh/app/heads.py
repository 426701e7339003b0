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
from dinh.exchange import (
    Contradiction,
    ProvedContradiction,
    ProvedHead,
    contradiction_file,
    contradictions_of,
    prove_head,
    settle_contradiction,
    verify_contradiction,
    verify_head,
)
from dinh.kernel.caller import system
from dinh.kernel.errors import BadSignature
from dinh.kernel.settings import Settings

WHO = system("command")


class Verdict(msgspec.Struct, frozen=True):
    verdict: Literal["verified", "refused"]
    why: str
    head: ProvedHead | None = None


class ContradictionVerdict(msgspec.Struct, frozen=True):
    verdict: Literal["contradicted", "refused"]
    why: str
    contradiction: ProvedContradiction | None = None


async def save(settings: Settings, code: str, event: UUID | None) -> bytes:
    """The newest head of a node, with one event if it is named. Raises NotFound."""
    async with open_nodes(settings, code, web=False) as nodes:
        return await prove_head(nodes[code], event)


def judge(settings: Settings, file: Path, roots: list[Path] | None) -> tuple[Verdict, str, int]:
    """By the certificates in `roots`, or by the authorities of this installation: what it proves, in words for a terminal, and the exit code."""
    try:
        found = asyncio.run(verify_head(file.read_bytes(), _trusted(settings, roots)))
    except (OSError, ValueError, BadSignature) as error:
        return Verdict("refused", str(error)), f"[red]refused[/red]: {escape(str(error))}", 1
    return Verdict("verified", "", found), f"[green]verified[/green]: {escape(_words(found))}", 0


def _trusted(settings: Settings, roots: list[Path] | None) -> list[x509.Certificate]:
    return [one for path in roots for one in x509.load_pem_x509_certificates(path.read_bytes())] if roots else trusted_roots(settings)


def _words(found: ProvedHead) -> str:
    words = f"{found.node}, epoch {found.epoch}: {found.size:,} events, signed {found.signed_at:%Y-%m-%d %H:%M:%S} UTC"
    if found.witness:
        words += f"; a beginning of it countersigned by {found.witness} {found.witnessed_at:%Y-%m-%d %H:%M:%S} UTC"
    if found.event:
        seen = "which the countersignature covers" if found.covered else "which no countersignature covers yet"
        words += f"; event {found.event.position:,} is {found.event.type} of {found.event.recorded_at:%Y-%m-%d %H:%M:%S} UTC, {seen}"
    return words


async def contradictions(settings: Settings, code: str | None) -> list[tuple[str, Contradiction]]:
    """By the node that found them."""
    found: list[tuple[str, Contradiction]] = []
    async with open_nodes(settings, code, web=False) as nodes:
        for node in (one for one in nodes.values() if "exchange" in one.plan.rooms):
            async with node.read(WHO) as tx:
                found += [(node.code, one) for one in await contradictions_of(tx)]
    return found


def line(at: str, one: Contradiction) -> str:
    """For a terminal, in plain English like every command."""
    state = (
        f"settled {one.settled_at:%Y-%m-%d %H:%M} UTC by {'its new epoch' if one.settled == 'epoch' else 'an operator'}" if one.settled_at else "OPEN"
    )
    shown = f"then epoch {one.shown_epoch} with {one.shown_size:,}" if one.shown_size is not None else "then another"
    words = f"{at}: {one.node} showed epoch {one.held_epoch} with {one.held_size:,} events, {shown} ({one.reason}), found {one.found_at:%Y-%m-%d %H:%M} UTC: {state}"
    return f"{one.id} {words}" + (f": {escape(one.why)}" if one.why else "")


async def proof(settings: Settings, code: str, contradiction: UUID) -> bytes:
    """Raises NotFound."""
    async with open_nodes(settings, code, web=False) as nodes, nodes[code].read(WHO) as tx:
        return await contradiction_file(tx, contradiction)


async def settle(settings: Settings, code: str, contradiction: UUID, reason: str) -> None:
    """Raises Invalid, NotFound, Conflict."""
    async with open_nodes(settings, code, web=False) as nodes, nodes[code].write(WHO) as tx:
        await settle_contradiction(tx, WHO, contradiction, reason)


def judge_contradiction(settings: Settings, file: Path, roots: list[Path] | None) -> tuple[ContradictionVerdict, str, int]:
    """What the file proves, and an exit code that is never 0: a contradiction is nothing that holds, whoever has settled it."""
    try:
        found = asyncio.run(verify_contradiction(file.read_bytes(), _trusted(settings, roots)))
    except (OSError, ValueError, BadSignature) as error:
        return ContradictionVerdict("refused", str(error)), f"[red]refused[/red]: {escape(str(error))}", 2
    held, shown = f"epoch {found.held_epoch} with {found.held_size:,} events", f"epoch {found.shown_epoch} with {found.shown_size:,} events"
    proved = "its own signatures say so" if found.conclusive else "it owes a proof that one goes on from the other"
    words = f"{found.node} signed {held} at {found.held_at:%Y-%m-%d %H:%M:%S} UTC and {shown} at {found.shown_at:%Y-%m-%d %H:%M:%S} UTC ({found.reason}): {proved}"
    return ContradictionVerdict("contradicted", proved, found), f"[red]contradicted[/red]: {escape(words)}", 1
