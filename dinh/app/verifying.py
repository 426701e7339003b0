"""`dinh verify` and `dinh head`: what must not have been changed, and a node's signed head as a file."""

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from dinh.app.terminal import AsJson, answer, fail, settings

verify_commands = typer.Typer(no_args_is_help=True, help="Check what must not have been changed.")
head_commands = typer.Typer(no_args_is_help=True, help="Signed heads of a node's events.")


@verify_commands.command("events")
def verify_events(node: Annotated[str | None, typer.Argument()] = None, json: AsJson = False) -> None:
    """Recompute every seal of the spine. Exit code 1 names the first event that was changed, removed or cut off."""
    from dinh.app.operations import verify_events as verify

    results = asyncio.run(verify(settings(), node))
    lines = [f"{name}: {size:,} events sealed, all intact" if fault is None else f"[red]{name}: {fault}[/red]" for name, size, fault in results]
    answer([{"node": name, "events": size, "fault": fault} for name, size, fault in results], "\n".join(lines), json=json)
    if any(fault for _, _, fault in results):
        raise typer.Exit(1)


@verify_commands.command("evidence")
def verify_evidence(file: Path, root: list[Path] | None = None, json: AsJson = False) -> None:
    """Judge a container, by the PEM roots named or this installation's. Exit code 0: verified, 1: refused, 2: partial, as message or body is not there."""
    from dinh.app.evidence import judge

    report, words, code = judge(settings(), file, root)
    answer(report, words, json=json)
    raise typer.Exit(code)


@verify_commands.command("access")
def verify_access(file: Path, root: list[Path] | None = None, json: AsJson = False) -> None:
    """Judge a proof from "Who looked at your data", by the PEM roots named or this installation's. Exit code 0: verified, 1: refused."""
    from dinh.app.access import judge

    report, words, code = judge(settings(), file, root)
    answer(report, words, json=json)
    raise typer.Exit(code)


@verify_commands.command("head")
def verify_head(file: Path, root: list[Path] | None = None, json: AsJson = False) -> None:
    """Judge a saved head with its countersignature and its event, by the PEM roots named or this installation's. Exit code 0: verified, 1: refused."""
    from dinh.app.heads import judge

    verdict, words, code = judge(settings(), file, root)
    answer(verdict, words, json=json)
    raise typer.Exit(code)


@verify_commands.command("contradiction")
def verify_contradiction(file: Path, root: list[Path] | None = None, json: AsJson = False) -> None:
    """Judge the saved proof of a contradiction, by the PEM roots named or this installation's. Exit code 1: its node contradicts itself, settled or not,
    2: the file does not show it. Never 0.
    """
    from dinh.app.heads import judge_contradiction

    verdict, words, code = judge_contradiction(settings(), file, root)
    answer(verdict, words, json=json)
    raise typer.Exit(code)


@head_commands.command("save")
def head_save(node: str, file: Path, event: UUID | None = None, json: AsJson = False) -> None:
    """Write a node's newest signed head to FILE, with the witness's countersignature and, where named, one event under it. Its database and signer must run."""
    from dinh.app.heads import save
    from dinh.kernel.errors import Refused

    try:
        content = asyncio.run(save(settings(), node, event))
    except (Refused, RuntimeError, OSError) as error:
        fail(f"No head can be saved: {error}")
    file.write_bytes(content)
    answer({"file": str(file), "bytes": len(content)}, f"{file}: {len(content):,} bytes. Check it anywhere: dinh verify head {file}", json=json)


@head_commands.command("contradictions")
def head_contradictions(
    node: Annotated[str | None, typer.Argument(help="Who found them. Default: all nodes here.")] = None, json: AsJson = False
) -> None:
    """Histories that other nodes showed and that do not agree: open ones first, then the settled."""
    from dinh.app.heads import contradictions, line

    found = asyncio.run(contradictions(settings(), node))
    answer([{"at": at, "contradiction": one} for at, one in found], "\n".join(line(at, one) for at, one in found) or "None.", json=json)


@head_commands.command("proof")
def head_proof(node: str, contradiction: UUID, file: Path, json: AsJson = False) -> None:
    """Write both signed statements of a contradiction that NODE found to FILE."""
    from dinh.app.heads import proof
    from dinh.kernel.errors import Refused

    try:
        content = asyncio.run(proof(settings(), node, contradiction))
    except (Refused, RuntimeError, OSError) as error:
        fail(f"No proof can be saved: {error}")
    file.write_bytes(content)
    answer(
        {"file": str(file), "bytes": len(content)}, f"{file}: {len(content):,} bytes. Check it anywhere: dinh verify contradiction {file}", json=json
    )


@head_commands.command("settle")
def head_settle(
    node: str,
    contradiction: UUID,
    reason: Annotated[str, typer.Option(help="What happened, in plain words that name no person.")],
    json: AsJson = False,
) -> None:
    """End the alarm of a contradiction that NODE found. Its proof stays, and so does what is held: heads that contradict it go on being refused."""
    from dinh.app.heads import settle
    from dinh.kernel.errors import Refused

    try:
        asyncio.run(settle(settings(), node, contradiction, reason))
    except Refused as error:
        fail(f"It is not settled: {error.key}")
    answer({"node": node, "contradiction": str(contradiction), "settled": True}, f"{contradiction}: settled", json=json)
